namespace Dla.Export;

/// <summary>An ONNX file does not compute what its module computes.</summary>
public sealed class DlaVerificationException(string message, DlaVerificationReport report) : Exception(message)
{
    /// <summary>The comparison.</summary>
    public DlaVerificationReport Report { get; } = report;
}
