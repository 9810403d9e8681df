namespace Dla.Models;

/// <summary>The bytes of one storage, wherever and however the file holds them.</summary>
internal abstract class StoredBytes
{
    /// <summary>Number of bytes once read.</summary>
    public abstract long Length { get; }

    /// <summary>Where it starts in the file: reading in this order is reading the disk in order.</summary>
    public abstract long Position { get; }

    /// <summary>Reads <c>destination.Length</c> bytes from <paramref name="start"/> on; the caller has checked that they are there.</summary>
    public abstract void Read(long start, Span<byte> destination);
}
