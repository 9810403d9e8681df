using Dla.Models;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Export.Tests;

public sealed class StockTransformerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed class Row
    {
        [ColumnName("pixels"), VectorType(3 * 64 * 64)]
        public float[] Pixels { get; set; } = [];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_file_opens_in_stock_ApplyOnnxModel(bool int8)
    {
        var path = CompactModel.Export(DlaVariant.Dla46C, _folder.File("m.onnx"));
        if (int8) path = DlaQuantizer.Quantize(path, _folder.File("int8.onnx"), CalibrationImages.Take(2)).Path;
        var rows = Enumerable.Range(0, 3).Select(i => new Row { Pixels = [.. Enumerable.Range(0, 3 * 64 * 64).Select(k => MathF.Sin(k * (i + 1) * 0.01f))] })
            .ToArray();
        var ml = new MLContext();
        var scored = ml.Transforms.ApplyOnnxModel("logits", "pixels", path).Fit(ml.Data.LoadFromEnumerable(rows)).Transform(ml.Data.LoadFromEnumerable(rows));
        var found = scored.GetColumn<float[]>("logits").ToArray();
        using var session = new InferenceSession(path);
        foreach (var (row, logits) in rows.Zip(found))
        {
            using var input = OrtValue.CreateTensorValueFromMemory(row.Pixels, [1, 3, 64, 64]);
            using var results = session.Run(new RunOptions(), ["pixels"], [input], ["logits"]);
            Assert.All(results[0].GetTensorDataAsSpan<float>().ToArray().Zip(logits),
                p => Assert.Equal(p.First, p.Second, 1e-3f * results[0].GetTensorDataAsSpan<float>().ToArray().Max(Math.Abs)));
        }
    }
}
