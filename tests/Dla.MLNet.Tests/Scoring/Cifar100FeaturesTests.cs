using System.Formats.Tar;
using System.IO.Compression;
using Dla.Tests;
using Microsoft.ML;
using SkiaSharp;

namespace Dla.MLNet.Tests;

public sealed class Cifar100FeaturesTests
{
    /// <summary>Fine labels of five classes that differ in colour and shape, even for an untrained network: cloud, forest, orange, rocket, sea.</summary>
    private static readonly int[] Classes = [23, 33, 53, 69, 71];

    [Fact]
    public void A_stock_trainer_on_embeddings_of_CIFAR_100_is_far_above_chance()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(Read(SharedData.Path("data/cifar-100-binary.tar.gz"), 150));
        var split = ml.Data.TrainTestSplit(data, testFraction: 0.3);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.Transforms.FeaturizeImages(TinyModel.Path, "Embedding", "Image"))
            .AppendCacheCheckpoint(ml)
            .Append(ml.Transforms.NormalizeMeanVariance("Embedding"))
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(featureColumnName: "Embedding"));
        var accuracy = ml.MulticlassClassification.Evaluate(pipeline.Fit(split.TrainSet).Transform(split.TestSet)).MicroAccuracy;
        Assert.True(accuracy > 0.3, $"the accuracy is {accuracy}; chance is 0.2");
    }

    /// <summary>The first images of each class of the test set as PNG. A record is a coarse label, a fine label and 32 × 32 pixels: red, green, blue.</summary>
    private static List<BytesRow> Read(string archive, int perClass)
    {
        using var file = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        using var tar = new TarReader(file);
        while (tar.GetNextEntry() is { } entry)
        {
            if (Path.GetFileName(entry.Name) != "test.bin") continue;
            var (rows, record) = (new List<BytesRow>(), new byte[3074]);
            while (rows.Count < perClass * Classes.Length && entry.DataStream!.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) == record.Length)
            {
                if (!Classes.Contains(record[1]) || rows.Count(r => r.Number == record[1]) == perClass) continue;
                rows.Add(new BytesRow { Label = $"class {record[1]}", Number = record[1], Image = Png(record.AsSpan(2)) });
            }
            return rows;
        }
        throw new InvalidDataException("There is no test.bin in the archive.");
    }

    private static byte[] Png(ReadOnlySpan<byte> planes)
    {
        using var bitmap = new SKBitmap(32, 32);
        for (var i = 0; i < 1024; i++) bitmap.SetPixel(i % 32, i / 32, new SKColor(planes[i], planes[1024 + i], planes[2048 + i]));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
