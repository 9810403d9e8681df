namespace Dla.Models;

/// <summary>A text of a pickle.</summary>
/// <param name="Value">Its characters; <see langword="null"/> where it is longer than any name, or not text at all. Its bytes stay in the file.</param>
/// <param name="Bytes">Where it is.</param>
internal sealed record PickleText(string? Value, PickleBytes Bytes);
