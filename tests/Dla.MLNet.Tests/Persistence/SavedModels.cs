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

    public static IDataView Data(MLContext ml) =>
        ml.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new BytesRow { Image = i == 4 ? [1, 2, 3] : TestImages.Png(i), Number = i }).ToList());

    public static IReadOnlyList<string> Read(ITransformer model, MLContext ml)
    {
        var scored = model.Transform(Data(ml));
        return [.. scored.GetColumn<string>("ClassName").Zip(scored.GetColumn<float[]>("Probabilities"), scored.GetColumn<string>("ImageError")).Select(r =>
            $"{r.First} {string.Join(' ', r.Second.Select(p => p.ToString("f3", System.Globalization.CultureInfo.InvariantCulture)))} {r.Third.Length > 0}")];
    }
}
