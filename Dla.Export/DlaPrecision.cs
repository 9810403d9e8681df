namespace Dla.Export;

/// <summary>The number format of the weights and of the arithmetic.</summary>
public enum DlaPrecision
{
    /// <summary>32-bit floats.</summary>
    Float32,

    /// <summary>16-bit floats inside; inputs and outputs stay float32. Halves the file.</summary>
    Float16,
}
