using System.Buffers.Binary;
using System.Numerics;

namespace Dla.Models;

/// <summary>Reads what <c>torch.save</c> writes: the zip archives of today and the legacy files of 2018.</summary>
internal static class TorchReader
{
    /// <summary>What a legacy file begins with, as a pickled number.</summary>
    public static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    private const long LegacyProtocol = 1001;

    public static CheckpointContent ReadZip(CheckpointFile file)
    {
        var archive = ZipDirectory.Read(file);
        const string pickle = "/data.pkl";
        var roots = archive.Names.Where(n => n.EndsWith(pickle, StringComparison.Ordinal)
            && n.IndexOf('/', StringComparison.Ordinal) == n.Length - pickle.Length).ToArray();
        if (roots is not [var entry]) throw file.Error("is a zip archive, but not one of PyTorch's: it has no data.pkl in its folder.");
        var root = entry[..^"data.pkl".Length];
        if (archive.Contains(root + "constants.pkl")) throw file.Error("is a TorchScript program, not weights. Save its state_dict() instead.");
        var bigEndian = ReadByteOrder(file, archive, root + "byteorder");

        var (start, length) = archive.Find(entry);
        var constructors = new PickleConstructors(file, hasStorages: true);
        var reader = new PickleReader(file, start, start + length) { ByteStringsAreUtf8 = true };
        var weights = Find(file, new PickleMachine(reader, constructors).Run());
        var storages = new Dictionary<string, StoredBytes>(StringComparer.Ordinal);
        return Collect(file, CheckpointFormat.PyTorchZip, weights, bigEndian, storage =>
        {
            if (storages.TryGetValue(storage.Key, out var known)) return known;
            var (position, bytes) = archive.Find($"{root}data/{storage.Key}");
            CheckSize(file, storage, bytes);
            return storages[storage.Key] = new RawBytes(file, position, bytes);
        });
    }

    /// <summary>Reads a legacy file whose first pickle, the magic number, has been read.</summary>
    public static CheckpointContent ReadLegacy(CheckpointFile file, PickleReader reader)
    {
        reader.ByteStringsAreUtf8 = true;
        if (new PickleMachine(reader, new PickleConstructors(file)).Run() is not LegacyProtocol) throw file.Error("is a PyTorch file of " +
            $"another protocol than {LegacyProtocol}.");
        new PickleMachine(reader, new PickleConstructors(file)).Run();   // the saving machine's sizes; storages are little-endian whatever it says
        var constructors = new PickleConstructors(file, hasStorages: true);
        var weights = Find(file, new PickleMachine(reader, constructors).Run());
        if (new PickleMachine(reader, new PickleConstructors(file)).Run() is not List<object?> keys)
            throw file.Error("is damaged: it lacks the list of its storages.");

        var storages = new Dictionary<string, StoredBytes>(StringComparer.Ordinal);
        var position = reader.Position;
        Span<byte> count = stackalloc byte[8];
        foreach (var key in keys)
        {
            if (key is not PickleText { Value: { } name } || !constructors.Storages.TryGetValue(name, out var storage))
                throw file.Error("is damaged: it lists a storage that no tensor refers to.");
            if (!file.Contains(position, 8)) throw CutShort(file, name);
            file.Read(position, count);
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count)
                throw file.Error($"is damaged: storage '{name}' has {BinaryPrimitives.ReadInt64LittleEndian(count):N0} values, " +
                    $"its tensors say {storage.Count:N0}.");
            var bytes = (Int128)storage.Count * storage.Format.Size;
            if (bytes > file.Length || !file.Contains(position + 8, (long)bytes)) throw CutShort(file, name);
            if (!storages.TryAdd(name, new RawBytes(file, position + 8, (long)bytes))) throw file.Error($"is damaged: it has storage '{name}' twice.");
            position += 8 + (long)bytes;
        }
        return Collect(file, CheckpointFormat.PyTorchLegacy, weights, bigEndian: false, storage =>
            storages.TryGetValue(storage.Key, out var bytes) ? bytes : throw file.Error($"is damaged: it lacks storage '{storage.Key}'."));
    }

    private static StateDictionary Find(CheckpointFile file, object? root) => StateDictionary.Find(file, root, value => value is TorchTensor);

    private static CheckpointContent Collect(CheckpointFile file, CheckpointFormat format, StateDictionary weights, bool bigEndian,
        Func<TorchStorage, StoredBytes> open)
    {
        var content = new CheckpointContent(format) { Part = weights.Part };
        foreach (var (name, value) in weights.Entries)
        {
            if (StateDictionary.AsArray(value) is { Type: { } type } && NumberFormat.OfNumPy(type.Code) is not null)
                throw file.Error($"has a NumPy array, '{name}', among PyTorch's tensors. Convert it with torch.from_numpy, or leave it out, and save again.");
            if (value is not TorchTensor tensor) continue;
            if (content.Tensors.Count == CheckpointLimits.Tensors) throw file.Error($"has more than {CheckpointLimits.Tensors:N0} tensors.");
            var declaration = new TensorDeclaration(name, tensor.Storage.Format, tensor.Shape, open(tensor.Storage)) { Offset = tensor.Offset,
                Strides = tensor.Strides, BigEndian = bigEndian, IsNegated = tensor.IsNegated };
            content.Tensors.Add(declaration.Check(file));
        }
        return content;
    }

    private static bool ReadByteOrder(CheckpointFile file, ZipDirectory archive, string name)
    {
        if (!archive.Contains(name)) return false;
        var (start, length) = archive.Find(name);
        Span<byte> text = stackalloc byte[(int)Math.Min(length, 16)];
        file.Read(start, text);
        return text.SequenceEqual("big"u8) || (text.SequenceEqual("little"u8)
            ? false : throw file.Error("is damaged: its byteorder is neither little nor big."));
    }

    private static void CheckSize(CheckpointFile file, TorchStorage storage, long bytes)
    {
        if ((Int128)storage.Count * storage.Format.Size != bytes)
            throw file.Error($"is damaged: storage '{storage.Key}' has {bytes:N0} bytes; " +
                $"{storage.Count:N0} values of {storage.Format.Size} bytes were expected.");
    }

    private static CheckpointException CutShort(CheckpointFile file, string storage) =>
        file.Error($"is damaged: it ends at byte {file.Length:N0}, before the end of storage '{storage}'. Was it cut short while it was copied?");
}
