using System.Buffers.Binary;
using System.Text;

namespace Dla.MLNet;

/// <summary>Walks the fields of a Protocol Buffers message in a stream, skipping what nobody asks for without reading it.</summary>
/// <remarks>Every length is checked against the message around it before anything is allocated.</remarks>
internal sealed class ProtobufReader(Stream stream)
{
    /// <summary>Longest text in bytes; a card with the names of 20,000 classes has one.</summary>
    private const int MaxText = 64 << 20;

    /// <summary>Most numbers of a list that are kept. A shape has up to 8; other lists mean nothing here, whatever their length.</summary>
    private const int MaxIntegers = 64;

    private long _end = stream.Length;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    private int WireType { get; set; }

    /// <summary>Goes to the next field of the current message; false at its end. The current field's value must have been read or skipped.</summary>
    public bool Next()
    {
        if (stream.Position >= _end) return false;
        var tag = Varint();
        (Field, WireType) = ((int)(tag >> 3), (int)(tag & 7));
        return Field > 0 ? true : throw Malformed("a field has number 0");
    }

    public void Skip()
    {
        switch (WireType)
        {
            case 0: Varint(); break;
            case 1: Advance(8); break;
            case 2: Advance(Length()); break;
            case 5: Advance(4); break;
            default: throw Malformed($"field {Field} has the unknown wire type {WireType}");
        }
    }

    public long Integer() => WireType == 0 ? (long)Varint() : throw Malformed($"field {Field} is not an integer");

    public float Single()
    {
        if (WireType != 5) throw Malformed($"field {Field} is not a 32-bit number");
        if (_end - stream.Position < 4) throw Malformed("it ends in the middle of a number; the file may be cut off");
        Span<byte> bytes = stackalloc byte[4];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadSingleLittleEndian(bytes);
    }

    public string Text()
    {
        var length = Length();
        if (length > MaxText) throw Malformed($"field {Field} is a text of {length:N0} bytes; at most {MaxText:N0} are read");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Skips bytes, and says where they are.</summary>
    public (long Start, long Length) Range()
    {
        var length = Length();
        var start = stream.Position;
        Advance(length);
        return (start, length);
    }

    /// <summary>Adds an integer, or a packed list of them; those beyond the first 64 are left out.</summary>
    public void Integers(List<long> values)
    {
        for (var end = WireType == 0 ? 0 : Length() + stream.Position; WireType == 0 || stream.Position < end;)
        {
            var value = (long)Varint();
            if (values.Count < MaxIntegers) values.Add(value);
            if (WireType == 0) return;
        }
    }

    /// <summary>Reads an embedded message: <paramref name="read"/> is called at each of its fields and must read or skip it.</summary>
    public void Message(Action read)
    {
        var (outer, end) = (_end, Length() + stream.Position);
        _end = end;
        while (Next()) read();
        if (stream.Position != end) throw Malformed("an embedded message is longer than its frame");
        _end = outer;
    }

    private long Length()
    {
        if (WireType != 2) throw Malformed($"field {Field} is not length-delimited");
        var length = Varint();
        return length <= (ulong)(_end - stream.Position)
            ? (long)length
            : throw Malformed($"field {Field} claims {length:N0} bytes and {_end - stream.Position:N0} are left; the file may be cut off");
    }

    private void Advance(long count)
    {
        if (count > _end - stream.Position) throw Malformed("it ends in the middle of a field; the file may be cut off");
        stream.Position += count;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = stream.Position < _end ? stream.ReadByte() : -1;
            if (next < 0) throw Malformed("it ends in the middle of a number; the file may be cut off");
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
        throw Malformed("a number is longer than 64 bits");
    }

    private FormatException Malformed(string reason) => new($"at byte {stream.Position:N0}: {reason}");
}
