namespace Dla.MLNet;

/// <summary>Memory that is kept for the next image.</summary>
internal static class Scratch
{
    /// <summary>Replaces a buffer that is too short; what it held is not kept.</summary>
    public static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<T>(length);
    }
}
