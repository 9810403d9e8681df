namespace Dla.Models;

/// <summary>What an allowed name of a pickle stands for.</summary>
internal enum PickleGlobalKind
{
    /// <summary>Something that is read over: applying it to anything gives <see cref="PickleInert"/>.</summary>
    Inert,
    Dictionary,
    Tuple,
    Bytes,

    /// <summary>Text to bytes; latin-1 only.</summary>
    Encode,

    /// <summary>A class of PyTorch storages, which fixes the number format.</summary>
    Storage,
    RebuildTensor,
    RebuildParameter,
    NumPyReconstruct,

    /// <summary>An array of protocol 5: bytes, number format, shape and order at once.</summary>
    NumPyFromBuffer,
    NumPyArray,
    NumPyType,
}
