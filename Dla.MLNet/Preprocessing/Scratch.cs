using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Memory that is kept for the next image.</summary>
internal static class Scratch
{
    /// <summary>Replaces a buffer that is too short; what it held is not kept.</summary>
    public static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<T>(length);
    }

    /// <summary>Drops a buffer of more than <paramref name="largest"/> bytes.</summary>
    public static void Shrink<T>(ref T[] buffer, int largest)
    {
        if ((long)buffer.Length * Unsafe.SizeOf<T>() > largest) buffer = [];
    }
}
