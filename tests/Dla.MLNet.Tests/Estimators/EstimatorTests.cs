using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class EstimatorTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(11);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void ClassifyImages_keeps_what_ML_NET_estimators_promise() =>
        EstimatorChecks.Run(_ml.Transforms.ClassifyImages(TinyModel.Path), Paths(), Invalid("ImagePath"));

    [Fact]
    public void ClassifyImages_with_errors_as_a_column_keeps_what_ML_NET_estimators_promise()
    {
        File.Delete(_images.Files[4]);
        EstimatorChecks.Run(_ml.Transforms.ClassifyImages(new DlaClassifierOptions { ModelPath = TinyModel.Path, OnBadImage = BadImageHandling.Missing }),
            Paths(), Invalid("ImagePath"));
    }

    [Fact]
    public void FeaturizeImages_keeps_what_ML_NET_estimators_promise_on_bytes() =>
        EstimatorChecks.Run(_ml.Transforms.FeaturizeImages(TinyModel.File("tiny-probabilities.onnx"), "Embedding", "Image"), Bytes(), Invalid("Image"));

    [Fact]
    public void PreprocessImages_keeps_what_ML_NET_estimators_promise_on_images() => EstimatorChecks.Run(
        _ml.Transforms.PreprocessImages("Pixels", "Image", new ImagePreprocessing { ResizeShortSide = 40, CropSize = 32 }),
        _ml.Transforms.LoadImages("Image", null, "ImagePath").Fit(Paths()).Transform(Paths()), Invalid("Image"));

    [Fact]
    public void MapLabels_keeps_what_ML_NET_estimators_promise() =>
        EstimatorChecks.Run(_ml.Transforms.MapLabels(DlaModelCard.Load(TinyModel.Path)!), Paths(), _ml.Data.LoadFromEnumerable([new { Other = 1 }]),
            _ml.Data.LoadFromEnumerable([new { Label = 1f }]));

    [Fact]
    public void An_output_may_take_the_name_of_an_input()
    {
        var chain = _ml.Transforms.FeaturizeImages(TinyModel.Path, "ImagePath").Fit(Paths());
        Assert.Equal(TinyModel.EmbeddingLength, chain.Transform(Paths()).GetColumn<float[]>("ImagePath").First().Length);
    }

    [Fact]
    public void The_stock_ONNX_transformer_takes_the_pixels()
    {
        var card = DlaModelCard.Load(TinyModel.Path)!;
        var stock = _ml.Transforms.PreprocessImages("pixels", "ImagePath", card.Preprocessing)
            .Append(_ml.Transforms.ApplyOnnxModel("logits", "pixels", TinyModel.Path)).Fit(Paths());
        using var ours = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(Paths());
        var labels = stock.Transform(Paths()).GetColumn<float[]>("logits").Select(l => (uint)l.IndexOf(l.Max()) + 1);
        Assert.Equal(ours.Transform(Paths()).GetColumn<uint>("PredictedLabel"), labels);
    }

    [Fact]
    public void Columns_of_every_type_pass_through_unchanged()
    {
        var rows = Enumerable.Range(0, 11).Select(i => new ManyColumns { ImagePath = _images.Files[i], I8 = (sbyte)i, U8 = (byte)i, I16 = (short)-i,
            U16 = (ushort)i, I32 = -i, U32 = (uint)i, I64 = long.MinValue + i, U64 = ulong.MaxValue - (uint)i,
            F32 = i / 3f, F64 = i / 7.0, Truth = i % 2 == 0, Text = $"ü{i}", Time = new DateTime(2026, 1, 1 + i), Span = TimeSpan.FromHours(i),
            Offset = new DateTimeOffset(2026, 2, 1 + i, 0, 0, 0, TimeSpan.Zero),
            Key = (uint)i % 4, Vector = [i, i + 1], Texts = [$"{i}", "x"], Variable = new float[i] }).ToList();
        var data = _ml.Data.LoadFromEnumerable(rows);
        using var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data);
        var read = _ml.Data.CreateEnumerable<ManyColumns>(model.Transform(data), reuseRowObject: false).ToList();
        var untransformed = _ml.Data.CreateEnumerable<ManyColumns>(data, reuseRowObject: false);
        Assert.Equal(untransformed.Select(r => System.Text.Json.JsonSerializer.Serialize(r)), read.Select(r => System.Text.Json.JsonSerializer.Serialize(r)));
    }

    [Fact]
    public void Images_in_memory_pass_through_and_stay_their_owners()
    {
        var images = Enumerable.Range(0, 11).Select(i => MLImage.CreateFromFile(_images.Files[i])).ToList();
        var data = _ml.Data.LoadFromEnumerable(images.Select((image, i) => new ImageRow { Image = image, Number = i }));
        using var model = _ml.Transforms.ClassifyImages(TinyModel.Path, "Image").Fit(data);
        for (var pass = 0; pass < 2; pass++)
        {
            var rows = _ml.Data.CreateEnumerable<ImageRow>(model.Transform(data), reuseRowObject: false, ignoreMissingColumns: true).ToList();
            Assert.All(rows, (r, i) => Assert.Same(images[i], r.Image));
        }
        Assert.All(images, i => Assert.Equal((90, 70), (i.Width, i.Height)));
        images.ForEach(i => i.Dispose());
    }

    private IDataView Paths() => _ml.Data.LoadFromEnumerable(_images.Rows);

    private IDataView Bytes() =>
        _ml.Data.LoadFromEnumerable(_images.Files.Select((f, i) => new BytesRow { Image = File.ReadAllBytes(f), Number = i }).ToList());

    private IDataView[] Invalid(string column)
    {
        var wrong = _ml.Data.LoadFromEnumerable([new { Wrong = 1f, Vector = new[] { 1f } }]);
        return [wrong, _ml.Transforms.CopyColumns(column, "Wrong").Fit(wrong).Transform(wrong),
            _ml.Transforms.CopyColumns(column, "Vector").Fit(wrong).Transform(wrong),
            _ml.Transforms.Conversion.MapValueToKey(column, "Wrong").Fit(wrong).Transform(wrong)];
    }
}
