using System.Globalization;
using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>CIFAR-100 (Krizhevsky, 2009) in its official binary layout: 32×32 RGB images of 100 classes.</summary>
internal sealed class Cifar100 : ImageDataset
{
    /// <summary>Side of an image in pixels.</summary>
    public const int Side = 32;

    public const int Classes = 100, CoarseClasses = 20;

    /// <summary>One record: coarse label, fine label, then the red, green and blue planes, row by row.</summary>
    public const int RecordBytes = 2 + 3 * Side * Side;

    private readonly byte[] _records;
    private readonly string _part;

    /// <param name="files">The records and class names.</param>
    /// <param name="split">Which part they are.</param>
    /// <exception cref="InvalidDataException">The size is no multiple of a record's, a label is out of range, or there are not a hundred names.</exception>
    public Cifar100(Cifar100Files files, DatasetSplit split)
    {
        (_records, _part) = (files.Records, split == DatasetSplit.Train ? "train" : "test");
        Check(files);
        ClassNames = files.FineNames;
        Name = string.Create(CultureInfo.InvariantCulture, $"CIFAR-100, {Count:N0} {(split == DatasetSplit.Train ? "training" : "test")} images");
    }

    public override string Name { get; }

    public override IReadOnlyList<string> ClassNames { get; }

    public override int Count => _records.Length / RecordBytes;

    public static Cifar100 Open(DatasetSplit split, DatasetOptions options, CancellationToken cancel)
    {
        var place = Cifar100Source.Find(options.DataPath) ?? new Cifar100Source().Download(options, cancel);
        var dataset = new Cifar100(Cifar100Files.Read(place, split), split);
        if (options.ClassNames is { } names && !names.SequenceEqual(dataset.ClassNames))
            throw new InvalidDataException($"CIFAR-100's classes are {dataset.ClassNames[0]}, {dataset.ClassNames[1]}, … (100); " +
                $"those asked for are {string.Join(", ", names.Take(2))}, … ({names.Count}). Use a model that was trained on CIFAR-100.");
        return dataset;
    }

    public override int Label(int index)
    {
        CheckIndex(index);
        return _records[index * RecordBytes + 1];
    }

    public override string Describe(int index) => string.Create(CultureInfo.InvariantCulture, $"cifar100/{_part}[{index}]");

    /// <summary>The red, green and blue planes of an image, 3 · 32 · 32 bytes.</summary>
    public ReadOnlySpan<byte> Planes(int index)
    {
        CheckIndex(index);
        return _records.AsSpan(index * RecordBytes + 2, RecordBytes - 2);
    }

    public override ReadOnlyMemory<byte> ReadEncoded(int index) => Bitmap.Encode(Planes(index), Side, Side);

    /// <summary>The whole image, with mean and standard deviation of the training pixels.</summary>
    public override ImagePreprocessing SuggestPreprocessing(int? size = null) =>
        new() { CropSize = size ?? 64, ResizeShortSide = size ?? 64, Mean = [0.5071f, 0.4865f, 0.4409f], Std = [0.2673f, 0.2564f, 0.2762f] };

    internal override void DecodeImage(int index, ImageOrientation orientation, IPixelSink sink)
    {
        var planes = Planes(index);
        Span<uint> row = stackalloc uint[Side];
        sink.Begin(Side, Side, ExifOrientation.Upright);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var i = y * Side + x;
                row[x] = DecodedImage.Color(planes[i], planes[Side * Side + i], planes[2 * Side * Side + i]);
            }
            sink.Write(row);
        }
    }

    private static void Check(Cifar100Files files)
    {
        if (files.Records.Length == 0 || files.Records.Length % RecordBytes != 0)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{files.Path}' has {files.Records.Length:N0} bytes, " +
                $"not a multiple of {RecordBytes:N0} (two labels and 3 × 32 × 32 pixels). It is incomplete or not CIFAR-100's binary version."));
        for (var i = 0; i < files.Records.Length; i += RecordBytes)
            if (files.Records[i] >= CoarseClasses || files.Records[i + 1] >= Classes)
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                    $"'{files.Path}': image {i / RecordBytes} has labels {files.Records[i]} " +
                    $"(coarse) and {files.Records[i + 1]} (fine); they must be below 20 and 100. The file is damaged or not CIFAR-100's binary version."));
        if (files.FineNames.Length != Classes)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{files.Path}': fine_label_names.txt " +
                $"beside it has {files.FineNames.Length} names; CIFAR-100 has 100 classes. Take the official file."));
    }
}
