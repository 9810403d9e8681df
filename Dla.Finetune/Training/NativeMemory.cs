using System.Runtime.InteropServices;

namespace Dla.Finetune;

/// <summary>Lets glibc keep and reuse the large blocks that every training step takes and gives back.</summary>
/// <remarks>
/// By default blocks over 32 MB come fresh from the kernel, which clears them page by page, at every step anew: for dla46_c an eighth of a
/// step's time. Blocks of the main thread are reused with this; those of other threads partly. Elsewhere than on glibc there is nothing to set.
/// </remarks>
internal static partial class NativeMemory
{
    private const int TrimThreshold = -1, MaxMappedBlocks = -4;   // M_TRIM_THRESHOLD and M_MMAP_MAX of malloc.h
    private static bool _done;

    public static void KeepLargeBlocks()
    {
        if (_done || !OperatingSystem.IsLinux()) return;
        _done = true;
        try
        {
            _ = Option(MaxMappedBlocks, 0);
            _ = Option(TrimThreshold, int.MaxValue);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // musl has no mallopt; training works, only slower.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Option(int parameter, int value);
}
