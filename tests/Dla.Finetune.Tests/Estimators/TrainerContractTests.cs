using Dla.MLNet.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune.Tests;

/// <summary>What ML.NET asks of every trainer, for labels that are text and labels that are keys.</summary>
[Collection("torch")]
public sealed class TrainerContractTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    private DlaImageClassificationTrainer Trainer => _ml.MulticlassClassification.Trainers.DlaImageClassification(new DlaImageClassificationOptions
    {
        Variant = TinyImages.Variant, Preprocessing = TinyImages.Preprocessing,
        Recipe = TinyImages.Recipe with { EmaDecay = 0, Augmentation = AugmentationOptions.None }, Epoch = 2,
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_trainer_keeps_what_ML_NET_estimators_promise(bool keys)
    {
        var data = Rows(24);
        if (keys) data = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        EstimatorChecks.Run(Trainer, data, Wrong("ImagePath", data), _ml.Transforms.DropColumns("ImagePath").Fit(data).Transform(data));
        // A model scores without labels, but nothing is learned without them.
        foreach (var wrong in (IDataView[])[Wrong("Label", data), Vector("Label", data), _ml.Transforms.DropColumns("Label").Fit(data).Transform(data)])
            EstimatorChecks.Refuses(Trainer, wrong);
    }

    [Fact]
    public void Text_labels_are_cross_validated_and_evaluated_by_class_name()
    {
        var folds = _ml.MulticlassClassification.CrossValidate(Rows(48), Trainer, numberOfFolds: 2);
        Assert.Equal(2, folds.Count);
        Assert.All(folds, f => Assert.InRange(f.Metrics.MicroAccuracy, 0, 1));

        var data = Rows(24);
        using var model = Trainer.Fit(data);
        var scored = model.Transform(data);
        var pairs = scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel")).ToList();
        Assert.Equal(pairs.Count(p => p.First == p.Second) / 24.0, _ml.MulticlassClassification.Evaluate(scored).MicroAccuracy, 1e-9);
        Assert.Equal(_ml.Data.CreateEnumerable<PathRow>(data, reuseRowObject: false).Select(r => r.Label),
            pairs.Select(p => model.ClassNames[(int)p.First - 1]));
    }

    [Fact]
    public void A_label_that_is_no_class_is_missing_and_rows_without_a_label_column_are_scored()
    {
        using var model = Trainer.Fit(Rows(24));
        var rows = _ml.Data.CreateEnumerable<PathRow>(Rows(2), reuseRowObject: false).ToArray();
        rows[0].Label = "nobody";
        var scored = model.Transform(_ml.Data.LoadFromEnumerable(rows));
        Assert.Equal([true, false], scored.GetColumn<uint>("Label").Select(k => k == 0));
        var bare = _ml.Data.LoadFromEnumerable(rows.Select(r => new { r.ImagePath }));
        Assert.Null(model.Transform(bare).Schema.GetColumnOrNull("Label"));
        Assert.Equal(scored.GetColumn<uint>("PredictedLabel"), model.Transform(bare).GetColumn<uint>("PredictedLabel"));
    }

    private IDataView Rows(int count)
    {
        var data = new TinyImages(count, 4, seed: 1);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new PathRow
        {
            ImagePath = _folder.Write($"{i}.bmp", data.ReadEncoded(i).ToArray()), Label = data.ClassNames[data.Label(i)],
        }).ToArray());
    }

    /// <summary>The data with a column of numbers in place of another.</summary>
    private IDataView Wrong(string column, IDataView data) =>
        _ml.Transforms.CustomMapping<Empty, Number>((_, to) => to.Value = 1, null).Append(_ml.Transforms.CopyColumns(column, nameof(Number.Value)))
            .Fit(data).Transform(data);

    private IDataView Vector(string column, IDataView data) =>
        _ml.Transforms.CustomMapping<Empty, Texts>((_, to) => to.Values = ["a", "b"], null).Append(_ml.Transforms.CopyColumns(column, nameof(Texts.Values)))
            .Fit(data).Transform(data);

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Empty;

    private sealed class Number
    {
        public float Value { get; set; }
    }

    private sealed class Texts
    {
        [VectorType(2)] public string[] Values { get; set; } = [];
    }
}
