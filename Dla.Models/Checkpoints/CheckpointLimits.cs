namespace Dla.Models;

/// <summary>Bounds on what a weight file may make the readers allocate, beside the tensors themselves; far above any classifier's needs.</summary>
/// <remarks>Together they keep the memory for reading a file below its size plus 64 MB, and the processor time below a second, whatever it says.</remarks>
internal static class CheckpointLimits
{
    /// <summary>Longest safetensors header and zip directory in bytes. DLA-169 has 0.1 MB.</summary>
    public const int HeaderBytes = 16 << 20;

    /// <summary>Most tensors, and most zip entries. DLA-169 has 1,010.</summary>
    public const int Tensors = 65_536;

    /// <summary>How much larger than twice the file its tensors may be together, where they share storage.</summary>
    public const int SharedBytes = 32 << 20;

    /// <summary>Longest tensor name in bytes of UTF-8.</summary>
    public const int NameLength = 1024;

    /// <summary>Most dimensions of a tensor.</summary>
    public const int Rank = 16;

    /// <summary>Memory in bytes that a pickle's values may take, by <see cref="PickleMachine"/>'s estimate. DLA-169 takes 3 MB.</summary>
    public const int PickleBytes = 24 << 20;

    /// <summary>Most opcodes of a pickle. DLA-169 has 30,000.</summary>
    public const int PickleOpcodes = 4_000_000;

    /// <summary>Most values on a pickle's stack.</summary>
    public const int PickleStack = 250_000;
}
