namespace Dla.Models;

/// <summary>Bounds on what a weight file may make the readers allocate, beside the tensors themselves; far above any classifier's needs.</summary>
/// <remarks>Together they keep every allocation below the file's size plus 64 MB, whatever the file says.</remarks>
internal static class CheckpointLimits
{
    /// <summary>Longest safetensors header and zip directory in bytes. DLA-169 has 0.2 MB.</summary>
    public const int HeaderBytes = 16 << 20;

    /// <summary>Most tensors, and most zip entries. DLA-169 has 1,103.</summary>
    public const int Tensors = 65_536;

    /// <summary>Longest tensor name in characters.</summary>
    public const int NameLength = 1024;

    /// <summary>Most dimensions of a tensor.</summary>
    public const int Rank = 16;
}
