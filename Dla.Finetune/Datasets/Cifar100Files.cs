using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;

namespace Dla.Finetune;

/// <summary>What one part of CIFAR-100 consists of, read from a folder or streamed out of the archive without unpacking it.</summary>
/// <param name="Path">Where the records were read, for messages.</param>
/// <param name="Records">The content of <c>train.bin</c> or <c>test.bin</c>.</param>
/// <param name="FineNames">The lines of <c>fine_label_names.txt</c>.</param>
internal sealed record Cifar100Files(string Path, byte[] Records, string[] FineNames)
{
    public const string NamesFile = "fine_label_names.txt";

    /// <summary>Twelve times the official training part: whatever is larger is not CIFAR-100, and is refused before it is read.</summary>
    private const long MaxBytes = 2_000_000_000;

    public static string RecordsFile(DatasetSplit split) => split == DatasetSplit.Train ? "train.bin" : "test.bin";

    /// <param name="place">A folder with the files, or the archive.</param>
    /// <param name="split">Which part.</param>
    public static Cifar100Files Read(string place, DatasetSplit split) => Directory.Exists(place) ? ReadFolder(place, split) : ReadArchive(place, split);

    private static Cifar100Files ReadFolder(string folder, DatasetSplit split)
    {
        var names = System.IO.Path.Combine(folder, NamesFile);
        var path = System.IO.Path.Combine(folder, RecordsFile(split));
        foreach (var file in (string[])[path, names])
            if (!File.Exists(file)) throw new FileNotFoundException($"'{file}' is missing. " +
                $"CIFAR-100's binary version has train.bin, test.bin and {NamesFile} in one folder.", file);
        CheckLength(path, new FileInfo(path).Length);
        return new Cifar100Files(path, File.ReadAllBytes(path), Names(File.ReadAllText(names)));
    }

    private static Cifar100Files ReadArchive(string archive, DatasetSplit split)
    {
        byte[]? records = null, names = null;
        try
        {
            using var file = File.OpenRead(archive);
            using var unzipped = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(unzipped);
            while ((records is null || names is null) && tar.GetNextEntry() is { } entry)
            {
                var name = System.IO.Path.GetFileName(entry.Name);
                if (records is null && name == RecordsFile(split)) records = ReadEntry(entry);
                else if (names is null && name == NamesFile) names = ReadEntry(entry);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"'{archive}' is damaged or not CIFAR-100's archive: " +
                $"{e.Message.TrimEnd('.')}. Download or copy cifar-100-binary.tar.gz again.", e);
        }
        var missing = records is null ? RecordsFile(split) : NamesFile;
        if (records is null || names is null) throw new InvalidDataException($"'{archive}' has no {missing}. " +
            "It is not CIFAR-100's binary version, cifar-100-binary.tar.gz.");
        return new Cifar100Files($"{archive}/{RecordsFile(split)}", records, Names(System.Text.Encoding.UTF8.GetString(names)));
    }

    private static byte[] ReadEntry(TarEntry entry)
    {
        CheckLength(entry.Name, entry.Length);
        var bytes = new byte[entry.Length];
        entry.DataStream?.ReadExactly(bytes);   // null where the entry is empty
        return bytes;
    }

    private static void CheckLength(string path, long length)
    {
        if (length > MaxBytes) throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{path}' has {length:N0} bytes; " +
            $"CIFAR-100's largest file has 153,700,000. It is not CIFAR-100's binary version."));
    }

    private static string[] Names(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
