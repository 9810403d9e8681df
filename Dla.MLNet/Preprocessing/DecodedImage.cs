using System.Buffers;

namespace Dla.MLNet;

/// <summary>Decoded pixels in pooled memory: 8-bit R, G, B, A, alpha unused, rows without gaps. Dispose gives the memory back.</summary>
internal readonly struct DecodedImage : IDisposable
{
    private readonly byte[] _buffer;

    /// <summary>Rents memory for an image whose number of pixels has been checked.</summary>
    public DecodedImage(int width, int height) => (Width, Height, _buffer) = (width, height, ArrayPool<byte>.Shared.Rent(checked(width * height * 4)));

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Row-major RGBA, <c>height × width × 4</c> bytes.</summary>
    public Span<byte> Pixels => _buffer.AsSpan(0, Width * Height * 4);

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
