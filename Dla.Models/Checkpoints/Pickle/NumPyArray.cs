namespace Dla.Models;

/// <summary>A NumPy array of a pickle: made empty, then given its state.</summary>
internal sealed class NumPyArray
{
    public long[] Shape { get; set; } = [];

    public NumPyType? Type { get; set; }

    /// <summary>Whether the first index varies fastest.</summary>
    public bool Fortran { get; set; }

    public PickleBytes? Values { get; set; }
}
