using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class FeaturizeImagesTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(10);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("tiny.onnx")]
    [InlineData("tiny-probabilities.onnx")]
    public void Embeddings_are_the_pooled_features_whether_or_not_the_file_names_them_as_an_output(string name)
    {
        var data = _ml.Data.LoadFromEnumerable(_images.Rows);
        var estimator = _ml.Transforms.FeaturizeImages(TinyModel.File(name));
        using var model = estimator.Fit(data);
        Assert.Equal(TinyModel.EmbeddingLength, model.Dimension);
        var embeddings = model.Transform(data).GetColumn<float[]>("Embedding").ToList();
        for (var i = 0; i < 10; i++)
        {
            var expected = TinyModel.Embedding(TestImages.Png(i));
            Assert.All(embeddings[i], (v, k) => Assert.Equal(expected[k], v, 1e-4f));
        }
    }

    [Fact]
    public void Stock_trainers_learn_on_embeddings()
    {
        var rows = Enumerable.Range(0, 90).Select(i => new BytesRow { Image = Shade(i), Label = i % 3 == 0 ? "dark" : i % 3 == 1 ? "grey" : "light" }).ToList();
        var data = _ml.Data.LoadFromEnumerable(rows);
        var features = _ml.Transforms.Conversion.MapValueToKey("Label").Append(_ml.Transforms.FeaturizeImages(TinyModel.Path, "Embedding", "Image"))
            .AppendCacheCheckpoint(_ml);
        var trainers = _ml.MulticlassClassification.Trainers;
        List<IEstimator<ITransformer>> chosen = [trainers.LbfgsMaximumEntropy(featureColumnName: "Embedding"),
            trainers.SdcaMaximumEntropy(featureColumnName: "Embedding")];
        // LightGBM's package has a native library for these systems, and does not bring the OpenMP library that it needs.
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64
            && (OperatingSystem.IsWindows() || OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libgomp.so.1", out _)))
            chosen.Add(trainers.LightGbm(featureColumnName: "Embedding", minimumExampleCountPerLeaf: 2));
        foreach (var trainer in chosen)
        {
            var metrics = _ml.MulticlassClassification.Evaluate(features.Append(_ml.Transforms.NormalizeMeanVariance("Embedding")).Append(trainer).Fit(data)
                .Transform(data));
            Assert.True(metrics.MicroAccuracy > 0.7, $"{trainer.GetType().Name}: {metrics.MicroAccuracy}");
        }
        var clusters = features.Append(_ml.Clustering.Trainers.KMeans("Embedding", numberOfClusters: 3)).Fit(data).Transform(data)
            .GetColumn<uint>("PredictedLabel");
        Assert.Equal(90, clusters.Count());
    }

    [Fact]
    public void A_cache_checkpoint_keeps_SDCA_from_scoring_in_every_pass()
    {
        var opened = 0;
        IEnumerable<BytesRow> Rows()
        {
            Interlocked.Increment(ref opened);
            for (var i = 0; i < 30; i++) yield return new BytesRow { Image = Shade(i), Label = $"{i % 3}" };
        }
        var data = _ml.Data.LoadFromEnumerable(Rows());
        var features = _ml.Transforms.Conversion.MapValueToKey("Label").Append(_ml.Transforms.FeaturizeImages(TinyModel.Path, "Embedding", "Image"));
        features.AppendCacheCheckpoint(_ml).Append(_ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(featureColumnName: "Embedding")).Fit(data);
        Assert.InRange(opened, 1, 3);
    }

    private static byte[] Shade(int i)
    {
        using var bitmap = new SkiaSharp.SKBitmap(80, 80);
        bitmap.Erase(new SkiaSharp.SKColor((byte)(i % 3 * 100 + i / 3), (byte)(i % 3 * 110), (byte)(i % 3 * 120)));
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
