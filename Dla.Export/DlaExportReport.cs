namespace Dla.Export;

/// <summary>What an export wrote, and how far it is from the module.</summary>
/// <param name="Path">The ONNX file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="NodeCounts">Number of nodes by operator.</param>
/// <param name="Verification">The comparison with the module.</param>
public sealed record DlaExportReport(string Path, long Bytes, IReadOnlyDictionary<string, int> NodeCounts, DlaVerificationReport Verification);
