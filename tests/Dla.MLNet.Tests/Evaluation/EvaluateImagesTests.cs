using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace Dla.MLNet.Tests;

public sealed class EvaluateImagesTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(23);

    public void Dispose() => _images.Dispose();

    private IDataView Scored(IEnumerable<PathRow> rows, BadImageHandling handling)
    {
        var images = _ml.Data.LoadFromEnumerable(rows);
        var options = new DlaClassifierOptions { ModelPath = TinyModel.Path, OnBadImage = handling };
        return _ml.Transforms.ClassifyImages(options).Append(_ml.Transforms.MapLabels(new DlaLabelOptions { ClassNames = TinyModel.ClassNames })).Fit(images)
            .Transform(images);
    }

    private int Right() => _images.Rows.Count(row => Best(row.ImagePath) == row.Label);

    private static string Best(string path)
    {
        var probabilities = TinyModel.Probabilities(File.ReadAllBytes(path));
        return TinyModel.ClassNames[Array.IndexOf(probabilities, probabilities.Max())];
    }

    [Theory]
    [InlineData(BadImageHandling.Throw)]
    [InlineData(BadImageHandling.Missing)]
    public void Accuracy_is_the_share_of_right_best_classes(BadImageHandling handling)
    {
        var evaluation = _ml.EvaluateImages(Scored(_images.Rows, handling));
        Assert.Equal(23, evaluation.Images);
        Assert.Empty(evaluation.BadImages);
        Assert.Equal(Right() / 23.0, evaluation.Top1, 1e-12);
        Assert.Equal(1, evaluation.Top5);   // five classes: the right one is always among the best five
        Assert.Equal(5, evaluation.Metrics!.ConfusionMatrix.NumberOfClasses);
    }

    [Fact]
    public void Bad_images_count_as_wrong_and_are_told_by_row()
    {
        var rows = _images.Rows.ToList();
        rows.Insert(4, new PathRow { ImagePath = Path.Combine(_images.Path, "absent.png"), Label = "ant" });
        rows.Add(new PathRow { ImagePath = _images.Write("text.png", "text"u8.ToArray()), Label = "bee" });
        var evaluation = _ml.EvaluateImages(Scored(rows, BadImageHandling.Missing));
        Assert.Equal(25, evaluation.Images);
        Assert.Equal([4, 24], evaluation.BadImages.Select(b => b.Row));
        Assert.Contains("absent.png", evaluation.BadImages[0].Reason, StringComparison.Ordinal);
        Assert.Equal(Right() / 25.0, evaluation.Top1, 1e-12);
        Assert.Equal(23 / 25.0, evaluation.Top5, 1e-12);
    }

    [Fact]
    public void Labels_that_are_no_keys_in_the_models_order_are_refused()
    {
        var images = _ml.Data.LoadFromEnumerable(_images.Rows.Reverse());
        var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(images);
        var text = Assert.Throws<ArgumentException>(() => _ml.EvaluateImages(model.Transform(images)));
        Assert.Contains("'Label' is String", text.Message, StringComparison.Ordinal);
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(images).Transform(images);
        var order = Assert.Throws<ArgumentException>(() => _ml.EvaluateImages(model.Transform(keyed)));
        Assert.Matches("Key 1 of column 'Label' is '.*', which is class . of the model.*MapLabels", order.Message);
    }

    [Fact]
    public void Names_that_are_not_the_models_are_refused_and_numbers_in_another_order()
    {
        var images = _ml.Data.LoadFromEnumerable(_images.Rows.Select(r => new PathRow { ImagePath = r.ImagePath, Label = r.Label.ToUpperInvariant() }));
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(images)
            .Transform(images);
        using var named = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(images);
        Assert.Contains("Key 1 of column 'Label' is 'ANT', and class 1 of the model is 'ant'",
            Assert.Throws<ArgumentException>(() => _ml.EvaluateImages(named.Transform(keyed))).Message, StringComparison.Ordinal);

        var numbers = new DlaClassifierOptions { ModelPath = TinyModel.Path, ClassNames = ["0", "1", "2", "3", "4"] };
        using var numbered = _ml.Transforms.ClassifyImages(numbers).Fit(images);
        var digits = _ml.Data.LoadFromEnumerable(_images.Rows.Select((r, i) => new PathRow { ImagePath = r.ImagePath, Label = $"{4 - i % 5}" }));
        var byAppearance = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(digits).Transform(digits);
        Assert.Contains("Key 1 of column 'Label' is '4', which is class 5 of the model",
            Assert.Throws<ArgumentException>(() => _ml.EvaluateImages(numbered.Transform(byAppearance))).Message, StringComparison.Ordinal);
        Assert.Equal(23, _ml.EvaluateImages(numbered.Transform(keyed)).Images);   // classes without names take the data's
    }

    [Fact]
    public void A_label_beyond_the_models_classes_is_a_bad_image()
    {
        var rows = _images.Rows.Append(new PathRow { ImagePath = _images.Rows[0].ImagePath, Label = "zebra" }).ToList();
        var images = _ml.Data.LoadFromEnumerable(rows);
        var names = _ml.Data.LoadFromEnumerable(TinyModel.ClassNames.Append("zebra").Select(n => new { Label = n }));
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label", keyData: names).Fit(images).Transform(images);
        var evaluation = _ml.EvaluateImages(_ml.Transforms.ClassifyImages(TinyModel.Path).Fit(keyed).Transform(keyed));
        Assert.Equal([23L], evaluation.BadImages.Select(b => b.Row));
        Assert.Equal(Right() / 24.0, evaluation.Top1, 1e-12);
        Assert.Equal(_ml.EvaluateImages(Scored(_images.Rows, BadImageHandling.Throw)).Metrics!.LogLoss, evaluation.Metrics!.LogLoss, 1e-9);
    }

    [Fact]
    public void Columns_have_the_names_that_the_options_say()
    {
        var rows = _images.Rows.Append(new PathRow { ImagePath = "absent.png", Label = "ant" });
        var images = _ml.Data.LoadFromEnumerable(rows);
        var options = new DlaClassifierOptions { ModelPath = TinyModel.Path, OnBadImage = BadImageHandling.Missing, ScoreColumnName = "S",
            PredictedLabelColumnName = "P", ImageErrorColumnName = "E" };
        var scored = _ml.Transforms.MapLabels(DlaModelCard.Load(TinyModel.Path)!, outputColumnName: "Right", inputColumnName: "Label")
            .Append(_ml.Transforms.ClassifyImages(options)).Fit(images).Transform(images);
        var evaluation = _ml.EvaluateImages(scored, new DlaEvaluationOptions { LabelColumnName = "Right", ScoreColumnName = "S",
            PredictedLabelColumnName = "P", ImageErrorColumnName = "E" });
        Assert.Equal(Right() / 24.0, evaluation.Top1, 1e-12);
        Assert.Contains("absent.png", Assert.Single(evaluation.BadImages).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_bad_images_gives_zero_and_no_metrics()
    {
        var evaluation = _ml.EvaluateImages(Scored([new PathRow { ImagePath = "absent.png", Label = "ant" }], BadImageHandling.Missing));
        Assert.Equal((1, 0.0, 0.0), (evaluation.Images, evaluation.Top1, evaluation.Top5));
        Assert.Null(evaluation.Metrics);
    }

    [Fact]
    public void No_rows_are_an_error() =>
        Assert.Contains("no rows", Assert.Throws<ArgumentException>(() => _ml.EvaluateImages(Scored([], BadImageHandling.Missing))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Progress_counts_every_image()
    {
        var counts = new List<long>();
        _ml.EvaluateImages(Scored(_images.Rows, BadImageHandling.Missing), progress: new Recorder(counts));
        Assert.Equal(Enumerable.Range(1, 23).Select(i => (long)i), counts);
    }

    private sealed class Recorder(List<long> counts) : IProgress<long>
    {
        public void Report(long value) => counts.Add(value);
    }
}
