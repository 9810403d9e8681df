using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>Reads little-endian numbers from a file in memory; its end is the image's truncation.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes, string format)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>All that has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _bytes[Position..];

    public byte Byte() => Take(1)[0];

    public int Short() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public void Skip(int count) => Take(count);

    /// <summary>The next bytes.</summary>
    /// <exception cref="ImageDecodeException">There are fewer.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position) throw ImageDecodeException.Truncated(format);
        Position += count;
        return _bytes.Slice(Position - count, count);
    }
}
