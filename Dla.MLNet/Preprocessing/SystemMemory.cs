using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Memory for large buffers: zeroed, fresh from the system, and back there as soon as it is freed.</summary>
/// <remarks>
/// The garbage collector keeps large arrays until its next full collection, the shared array pool one set per thread.
/// On Linux pages are mapped directly, because glibc keeps freed blocks of up to 32 MB in a heap per thread.
/// </remarks>
internal static unsafe partial class SystemMemory
{
    // PROT_READ | PROT_WRITE, and MAP_PRIVATE | MAP_ANONYMOUS of Linux.
    private const int ReadWrite = 3, PrivateAnonymous = 0x22;

    private const int UseHugePages = 14;    // MADV_HUGEPAGE
    private const nuint HugePage = 2 << 20;

    private static readonly bool MapsPages = CanMapPages();
    private static long _inUse;
    private static long _peak;

    /// <summary>Bytes that are allocated at this moment.</summary>
    public static long InUse => Volatile.Read(ref _inUse);

    /// <summary>The most bytes that were allocated at one time since the start or <see cref="ResetPeak"/>.</summary>
    public static long Peak => Volatile.Read(ref _peak);

    /// <summary>Starts <see cref="Peak"/> again from what is in use.</summary>
    public static void ResetPeak() => Volatile.Write(ref _peak, InUse);

    /// <summary>Takes zeroed memory.</summary>
    /// <exception cref="InsufficientMemoryException">The system has none to give.</exception>
    public static void* Allocate(nuint bytes)
    {
        var memory = MapsPages ? Map(bytes) : AllocateZeroed(bytes);
        if (memory is null)
            throw new InsufficientMemoryException($"The system has no {bytes} bytes of memory for an image. " +
                "Decode fewer images at a time, or lower the limit of pixels.");
        var inUse = Interlocked.Add(ref _inUse, (long)bytes);
        for (var peak = Peak; inUse > peak; peak = Peak) Interlocked.CompareExchange(ref _peak, inUse, peak);
        return memory;
    }

    /// <summary>Gives back what <see cref="Allocate"/> gave.</summary>
    public static void Free(void* memory, nuint bytes)
    {
        if (MapsPages) _ = Unmap(memory, bytes);
        else NativeMemory.Free(memory);
        Interlocked.Add(ref _inUse, -(long)bytes);
    }

    private static void* Map(nuint bytes)
    {
        var memory = Map(null, bytes, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)memory == -1) return null;
        if (bytes >= HugePage) _ = Advise(memory, bytes, UseHugePages);   // a page fault for 2 MB instead of 512; a wish, whose failure changes nothing
        return memory;
    }

    private static void* AllocateZeroed(nuint bytes)
    {
        try
        {
            return NativeMemory.AllocZeroed(bytes);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>Whether the C library is there under the name that .NET looks for.</summary>
    private static bool CanMapPages()
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            var page = Map(1);
            return page is not null && Unmap(page, 1) == 0;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
