using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Dla.Finetune.Tests;

/// <summary>Makes small data sets in CIFAR-100's official layout.</summary>
internal static class SmallCifar
{
    public const int Record = 3074;

    public static string Names => string.Concat(Enumerable.Range(0, 100).Select(i => $"class_{i}\n"));

    /// <summary>Records whose fine label is <paramref name="label"/> of their index and whose pixels are noise.</summary>
    public static byte[] Records(int count, Func<int, int> label, int seed = 1)
    {
        var records = new byte[count * Record];
        new Random(seed).NextBytes(records);
        for (var i = 0; i < count; i++) (records[i * Record], records[i * Record + 1]) = ((byte)(label(i) % 20), (byte)label(i));
        return records;
    }

    public static byte[] Archive(params (string Name, byte[] Content)[] files)
    {
        using var memory = new MemoryStream();
        using (var zip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip, TarEntryFormat.Ustar))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "cifar-100-binary/"));
            foreach (var (name, content) in files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "cifar-100-binary/" + name) { DataStream = new MemoryStream(content) });
        }
        return memory.ToArray();
    }

    public static byte[] Archive(byte[] train, byte[] test) =>
        Archive(("test.bin", test), ("fine_label_names.txt", Encoding.UTF8.GetBytes(Names)), ("train.bin", train));
}
