using System.Buffers;

namespace Dla.WebApp;

/// <summary>An image file in memory that is used again by later requests.</summary>
internal sealed class UploadedImage(int length) : IDisposable
{
    private byte[]? _pooled = ArrayPool<byte>.Shared.Rent(length);

    /// <summary>The file.</summary>
    public ReadOnlySpan<byte> Bytes => Memory.Span;

    /// <summary>Where the file is to be written.</summary>
    public Memory<byte> Memory => _pooled.AsMemory(0, length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pooled, null) is { } array) ArrayPool<byte>.Shared.Return(array);
    }
}
