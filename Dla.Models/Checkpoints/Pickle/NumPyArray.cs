namespace Dla.Models;

/// <summary>A NumPy array of a pickle: made empty, then given its state.</summary>
internal sealed class NumPyArray
{
    public long[] Shape { get; set; } = [];

    public NumPyType? Type { get; set; }

    /// <summary>Whether the first index varies fastest.</summary>
    public bool Fortran { get; set; }

    /// <summary>
    /// The axes of the array in their order, where that is neither: the bytes are in C order of <see cref="Shape"/>, and axis i of the array is this one's
    /// number i.
    /// </summary>
    public long[]? Axes { get; set; }

    public PickleBytes? Values { get; set; }
}
