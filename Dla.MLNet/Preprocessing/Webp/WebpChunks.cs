using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>Reads the chunks of a WebP file or frame, one after the other.</summary>
internal ref struct WebpChunks(ReadOnlySpan<byte> chunks)
{
    private const int HeaderLength = 8;   // type, length

    private ReadOnlySpan<byte> _rest = chunks;

    /// <summary>The chunk's four letters.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>The chunk's data.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Whether the chunk is a picture, lossy or lossless.</summary>
    public readonly bool IsBitstream => Type.SequenceEqual("VP8 "u8) || Type.SequenceEqual("VP8L"u8);

    /// <summary>Goes to the next chunk; <see langword="false"/> at the end.</summary>
    /// <exception cref="ImageDecodeException">The chunk is longer than what it is in.</exception>
    public bool Next()
    {
        if (_rest.Length < HeaderLength) return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest[4..]);
        if (length > _rest.Length - HeaderLength) throw ImageDecodeException.Truncated(WebpFile.Format);
        Type = _rest[..4];
        Data = _rest.Slice(HeaderLength, (int)length);
        _rest = _rest[Math.Min(HeaderLength + (int)(length + (length & 1)), _rest.Length)..];
        return true;
    }
}
