using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>Reads a lossless WebP bitstream, lowest bit first. Behind the end it gives zeros, which <see cref="Check"/> notices.</summary>
internal ref struct Vp8lBits(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private ulong _bits;
    private int _count;
    private int _position;

    /// <summary>At least 32 bits that are next, in the lowest places.</summary>
    public uint Peek()
    {
        if (_count < 32) Fill();
        return (uint)_bits;
    }

    /// <summary>Drops bits, no more than the last <see cref="Peek"/> showed.</summary>
    public void Skip(int count)
    {
        _bits >>= count;
        _count -= count;
    }

    /// <summary>Reads a number of 0 … 24 bits.</summary>
    public int Read(int count)
    {
        var value = (int)(Peek() & ((1u << count) - 1));
        Skip(count);
        return value;
    }

    /// <summary>Reads one bit.</summary>
    public bool ReadFlag() => Read(1) != 0;

    /// <summary>Throws when more was read than there is.</summary>
    /// <exception cref="ImageDecodeException">The data end too early.</exception>
    public readonly void Check()
    {
        if (_position - _count / 8 > _data.Length) throw ImageDecodeException.Truncated(WebpFile.Format);
    }

    private void Fill()
    {
        if (_position <= _data.Length - 4) _bits |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(_data[_position..]) << _count;
        else
        {
            for (var i = 0; i < 4; i++)
                if (_position + i < _data.Length) _bits |= (ulong)_data[_position + i] << (_count + 8 * i);
        }
        _position += 4;
        _count += 32;
    }
}
