using System.Buffers.Binary;
using System.Text;

namespace Dla.Models;

/// <summary>Reads a pickle's bytes forward from a file. Long byte strings are stepped over, not read: their place in the file is enough.</summary>
internal sealed class PickleReader(CheckpointFile file, long start, long end)
{
    /// <summary>Most characters of a line.</summary>
    public const int LineLength = 256;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[1 << 16];
    private long _bufferStart = start;
    private int _bufferLength;

    public CheckpointFile File => file;

    /// <summary>The next byte's offset in the file.</summary>
    public long Position { get; private set; } = start;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double ReadDoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>The next bytes, at most the buffer's 64 KB; valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > end - Position) throw EndsEarly();
        var at = Position - _bufferStart;   // far beyond the buffer after a long string was stepped over
        if (at < 0 || at + count > _bufferLength)
        {
            _bufferStart = Position;
            _bufferLength = (int)Math.Min(_buffer.Length, end - Position);
            file.Read(_bufferStart, _buffer.AsSpan(0, _bufferLength));
            at = 0;
        }
        Position += count;
        return _buffer.AsSpan((int)at, count);
    }

    /// <summary>Steps over a byte string and returns where it is.</summary>
    public PickleBytes Skip(ulong length, bool utf8 = false)
    {
        if (length > (ulong)(end - Position)) throw EndsEarly();
        var bytes = new PickleBytes(Position, (long)length, utf8);
        Position += (long)length;
        return bytes;
    }

    /// <summary>Whether byte strings, which Python 2 wrote for names, are UTF-8, as PyTorch reads them. Paddle reads them as latin-1.</summary>
    public bool ByteStringsAreUtf8 { get; set; }

    /// <summary>A text of which the first kilobyte's worth are read; a longer one stays in the file.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="isByteString">Whether it may be bytes as well: then what is no UTF-8 has no characters, and is no error.</param>
    public PickleText ReadText(ulong length, bool isByteString)
    {
        if (length > CheckpointLimits.NameLength) return new PickleText(null, Skip(length, utf8: !isByteString));
        var bytes = new PickleBytes(Position, (long)length, Utf8: !isByteString);
        var span = Take((int)length);
        if (isByteString && !ByteStringsAreUtf8) return new PickleText(Encoding.Latin1.GetString(span), bytes);
        if (isByteString && !System.Text.Unicode.Utf8.IsValid(span)) return new PickleText(null, bytes);
        try
        {
            return new PickleText(Strict.GetString(span), bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw file.Error($"is damaged: the text at byte {bytes.Position:N0} is not UTF-8.", e);
        }
    }

    /// <summary>Reads the characters up to the end of the line.</summary>
    /// <param name="line">Where they go; <see cref="LineLength"/> are enough.</param>
    /// <returns>Their number.</returns>
    public int ReadLine(Span<char> line)
    {
        for (var length = 0; ; length++)
        {
            var c = ReadByte();
            if (c == (byte)'\n') return length;
            if (length == LineLength) throw file.Error($"is damaged: a name at byte {Position:N0} is longer than {LineLength} characters.");
            line[length] = (char)c;
        }
    }

    private CheckpointException EndsEarly() =>
        file.Error($"is damaged: its pickle ends at byte {end:N0}, in the middle of a value. Was the file cut short?");
}
