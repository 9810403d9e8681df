using System.Buffers.Binary;
using System.Text;

namespace Dla.Models;

/// <summary>Where the entries of a zip archive lie in the file. PyTorch stores them without compression, so that they can be read in place.</summary>
/// <remarks>
/// Not <see cref="System.IO.Compression.ZipArchive"/>, which makes objects of several times the directory's size and gives streams, not places.
/// CRCs are not compared: PyTorch can be told not to write them, and the loaders of the other formats have none.
/// </remarks>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054B50, Zip64LocatorSignature = 0x07064B50, Zip64EndSignature = 0x06064B50;
    private const uint EntrySignature = 0x02014B50, LocalSignature = 0x04034B50;
    private const int EndLength = 22, Zip64LocatorLength = 20, Zip64EndLength = 56, EntryLength = 46, LocalLength = 30;

    private readonly CheckpointFile _file;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private ZipDirectory(CheckpointFile file) => _file = file;

    public IEnumerable<string> Names => _entries.Keys;

    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <exception cref="CheckpointException">The archive is cut short, damaged, compressed, encrypted, or too large.</exception>
    public static ZipDirectory Read(CheckpointFile file)
    {
        var directory = new ZipDirectory(file);
        var (start, length, count) = FindDirectory(file);
        if (!file.Contains(start, length)) throw file.Error("is damaged: its zip directory lies outside of the file. Was it cut short?");
        if (length > CheckpointLimits.HeaderBytes || count > CheckpointLimits.Tensors)
            throw file.Error($"has a zip directory of {count:N0} entries in {length:N0} bytes; " +
                $"at most {CheckpointLimits.Tensors:N0} in {CheckpointLimits.HeaderBytes:N0} are read.");
        var bytes = new byte[length];
        file.Read(start, bytes);
        var rest = bytes.AsSpan();
        for (long i = 0; i < count; i++) rest = directory.Add(rest);
        return directory;
    }

    /// <summary>An entry's bytes, in place.</summary>
    /// <exception cref="CheckpointException">There is no such entry, or it lies outside of the file.</exception>
    public (long Start, long Length) Find(string name)
    {
        if (!_entries.TryGetValue(name, out var entry)) throw _file.Error($"is damaged: its archive lacks '{name}'.");
        if (entry.Stored is false) throw _file.Error($"has compressed entries ('{name}'), " +
            "which PyTorch does not write. Unpack and pack it without compression (zip -0).");
        Span<byte> local = stackalloc byte[LocalLength];
        if (!_file.Contains(entry.Header, LocalLength)) throw Misplaced(name);
        _file.Read(entry.Header, local);
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != LocalSignature) throw Misplaced(name);
        var start = entry.Header + LocalLength + BinaryPrimitives.ReadUInt16LittleEndian(local[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        return _file.Contains(start, entry.Length) ? (start, entry.Length) : throw Misplaced(name);
    }

    private static (long Start, long Length, long Count) FindDirectory(CheckpointFile file)
    {
        var tail = new byte[Math.Min(file.Length, EndLength + ushort.MaxValue)];
        file.Read(file.Length - tail.Length, tail);
        var at = tail.Length - EndLength;
        while (at >= 0 && BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) != EndSignature) at--;
        if (at < 0) throw file.Error("is damaged: it starts as a zip archive but has no directory at its end. Was it cut short?");
        var end = tail.AsSpan(at);
        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        if (at < Zip64LocatorLength || BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at - Zip64LocatorLength)) != Zip64LocatorSignature)
            return (start, length, count);

        var position = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(at - Zip64LocatorLength + 8));
        if (!file.Contains(position, Zip64EndLength)) throw file.Error("is damaged: its zip64 directory lies outside of the file.");
        Span<byte> end64 = stackalloc byte[Zip64EndLength];
        file.Read(position, end64);
        if (BinaryPrimitives.ReadUInt32LittleEndian(end64) != Zip64EndSignature) throw file.Error("is damaged: its zip64 directory is not where it says.");
        return (BinaryPrimitives.ReadInt64LittleEndian(end64[48..]), BinaryPrimitives.ReadInt64LittleEndian(end64[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(end64[32..]));
    }

    private Span<byte> Add(Span<byte> rest)
    {
        if (rest.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(rest) != EntrySignature) throw Damaged();
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(rest[8..]);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(rest[10..]);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[28..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[30..]);
        var size = EntryLength + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(rest[32..]);
        if (rest.Length < size || nameLength > CheckpointLimits.NameLength || (flags & 1) != 0) throw Damaged();
        var name = Encoding.Latin1.GetString(rest.Slice(EntryLength, nameLength));
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(rest[20..]), length = BinaryPrimitives.ReadUInt32LittleEndian(rest[24..]),
            header = BinaryPrimitives.ReadUInt32LittleEndian(rest[42..]);
        ReadZip64(rest.Slice(EntryLength + nameLength, extraLength), ref length, ref packed, ref header);
        if (method == 0 && packed != length) throw Damaged();
        if (!_entries.TryAdd(name, new Entry(header, length, method == 0))) throw _file.Error($"is damaged: its archive has '{name}' twice.");
        return rest[size..];
    }

    /// <summary>The 64-bit sizes stand in extra field 1, in this order, for those whose 32-bit places are full.</summary>
    private void ReadZip64(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4) throw Damaged();
            var field = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (id != 1) continue;
            Take(ref field, ref length);
            Take(ref field, ref packed);
            Take(ref field, ref header);
        }
    }

    private void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue) return;
        if (field.Length < 8) throw Damaged();
        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
    }

    private CheckpointException Damaged() => _file.Error("is damaged: its zip directory is malformed.");

    private CheckpointException Misplaced(string name) => _file.Error($"is damaged: '{name}' of its archive is not where the directory says.");

    private readonly record struct Entry(long Header, long Length, bool Stored);
}
