using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

/// <summary>The model that the saved golden file holds, and what it must give.</summary>
internal static class SavedModels
{
    /// <summary>Saved by version 0.1.0; later versions must load it.</summary>
    public static string Golden { get; } = Path.Combine(AppContext.BaseDirectory, "saved", "classify-0.1.0.zip");

    public static ITransformer Chain(MLContext ml, IDataView data, string modelPath) => ml.Transforms.CopyColumns("Picture", "Image")
        .Append(ml.Transforms.ClassifyImages(new DlaClassifierOptions { ModelPath = modelPath, InputColumnName = "Picture", ScoreColumnName = "Probabilities",
            PredictedLabelColumnName = "Class", OnBadImage = BadImageHandling.Missing }))
        .Append(ml.Transforms.Conversion.MapKeyToValue("ClassName", "Class"))
        .Fit(data);

    /// <summary>The other estimators of the library, saved by version 0.1.0.</summary>
    public static string GoldenFeatures { get; } = Path.Combine(AppContext.BaseDirectory, "saved", "features-0.1.0.zip");

    /// <summary>Keys, embedding and pixels, with options that are not the defaults.</summary>
    public static ITransformer Features(MLContext ml, IDataView data) => ml.Transforms
        .MapLabels(new DlaLabelOptions { ClassNames = TinyModel.ClassNames, OutputColumnName = "Class", UnknownLabel = UnknownLabelHandling.Missing })
        .Append(ml.Transforms.FeaturizeImages(new DlaFeaturizerOptions { ModelPath = TinyModel.Path, InputColumnName = "Image", OutputColumnName = "Features",
            OnBadImage = BadImageHandling.Missing, ImageErrorColumnName = "Why", Parallelism = 3, Mode = ScoringMode.Throughput }))
        .Append(ml.Transforms.PreprocessImages(new DlaPreprocessorOptions { InputColumnName = "Image", OutputColumnName = "Gray", MaxPixels = 1_000_000,
            OnBadImage = BadImageHandling.Missing, ImageErrorColumnName = "WhyNoPixels",
            Preprocessing = new ImagePreprocessing { ResizeShortSide = 9, CropSize = 4,
                Interpolation = ImageInterpolation.Bilinear, Orientation = ImageOrientation.AsStored, Mean = [0.5f, 0.5f, 0.5f],
                Std = [0.25f, 0.25f, 0.25f] } }))
        .Fit(data);

    /// <summary>A line for each row: its class, how many values and what errors it has, and some of the values.</summary>
    public static IReadOnlyList<string> ReadFeatures(ITransformer model, MLContext ml)
    {
        var scored = model.Transform(Data(ml));
        string Some(float[] values) =>
            $"{values.Length} {string.Join(' ', values.Where(v => v != 0).Take(5).Select(v => v.ToString("g4", CultureInfo.InvariantCulture)))}";
        var errors = scored.GetColumn<string>("Why").Zip(scored.GetColumn<string>("WhyNoPixels"), (a, b) => $"{a.Length > 0} {b.Length > 0}");
        var values = scored.GetColumn<float[]>("Features").Zip(scored.GetColumn<float[]>("Gray"), (a, b) => $"{Some(a)} {Some(b)}");
        return [.. scored.GetColumn<uint>("Class").Zip(errors, values).Select(r => $"{r.First} {r.Second} {r.Third}")];
    }

    public static IDataView Data(MLContext ml) =>
        ml.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new BytesRow
        {
            Image = i == 4 ? [1, 2, 3] : TestImages.Png(i), Label = i == 5 ? "yak" : TinyModel.ClassNames[i % 5], Number = i,
        }).ToList());

    public static IReadOnlyList<string> Read(ITransformer model, MLContext ml)
    {
        var scored = model.Transform(Data(ml));
        return [.. scored.GetColumn<string>("ClassName").Zip(scored.GetColumn<float[]>("Probabilities"), scored.GetColumn<string>("ImageError")).Select(r =>
            $"{r.First} {string.Join(' ', r.Second.Select(p => p.ToString("f3", CultureInfo.InvariantCulture)))} {r.Third.Length > 0}")];
    }
}
