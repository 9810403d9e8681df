using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>The contents of the IDAT chunks as one stream, without a copy of them.</summary>
/// <param name="chunks">Chunks that follow each other, with their lengths, types and checksums, all of them checked.</param>
/// <param name="length">Bytes of the chunks.</param>
/// <param name="limit">The most bytes that pixels of this size can sensibly be compressed to.</param>
internal sealed unsafe class PngDataStream(byte* chunks, int length, long limit) : Stream
{
    private int _at;
    private int _left;
    private long _read;

    /// <summary>Whether more was asked for than the chunks hold.</summary>
    public bool Exhausted { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_left == 0)
        {
            if (_at > 0) _at += 4;   // the checksum
            if (_at >= length)
            {
                _at = length;
                Exhausted = true;
                return 0;
            }
            _left = BinaryPrimitives.ReadInt32BigEndian(new(chunks + _at, 4));
            _at += 8;
        }
        var count = Math.Min(buffer.Length, _left);
        _read += count;
        if (_read > limit) throw ImageDecodeException.Corrupt("PNG", $"its compressed pixels are longer than {limit} bytes, far more than they unpack to");
        new ReadOnlySpan<byte>(chunks + _at, count).CopyTo(buffer);
        _at += count;
        _left -= count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
