namespace Dla.Models;

/// <summary>How far a download is.</summary>
/// <param name="Address">Where it comes from.</param>
/// <param name="Received">Bytes that are on the disk.</param>
/// <param name="Total">Bytes of the whole file, where the server says so.</param>
/// <param name="Remark">What is worth telling: a retry and its reason, a resumed download; else <see langword="null"/>.</param>
public sealed record DownloadProgress(Uri Address, long Received, long? Total, string? Remark = null);
