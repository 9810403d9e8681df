namespace Dla.Models;

/// <summary>A storage that a PyTorch pickle refers to.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Format">Its number format.</param>
/// <param name="Count">Its values.</param>
/// <param name="ViewOffset">Where, in values, the view of it starts that the tensor was saved from (legacy files only).</param>
internal sealed record TorchStorage(string Key, NumberFormat Format, long Count, long ViewOffset);
