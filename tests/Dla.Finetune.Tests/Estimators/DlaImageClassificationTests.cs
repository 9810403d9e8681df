using Dla.MLNet;
using Dla.Models;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class DlaImageClassificationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    private static DlaImageClassificationOptions Options { get; } = new()
    {
        Variant = TinyImages.Variant, Preprocessing = TinyImages.Preprocessing,
        // Clipped, so that a few steps from random weights leave a network with finite outputs on every processor.
        Recipe = TinyImages.Recipe with { EmaDecay = 0, ClipGradientNorm = 1, Augmentation = AugmentationOptions.None }, Epoch = 8,
    };

    private IDataView Paths(int count, int seed, Func<int, string>? label = null)
    {
        var data = new TinyImages(count, 4, seed);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new PathRow
        {
            ImagePath = _folder.Write($"{seed}-{i}.bmp", data.ReadEncoded(i).ToArray()),
            Label = label?.Invoke(i) ?? data.ClassNames[data.Label(i)],
        }).ToArray());
    }

    private DlaClassifyingTransformer Fit(IDataView train, DlaImageClassificationOptions options, IDataView? validation = null)
    {
        var trainer = _ml.MulticlassClassification.Trainers.DlaImageClassification(options);
        return validation is null ? trainer.Fit(train) : trainer.Fit(train, validation);
    }

    /// <summary>
    /// Options of a run that ends when it classifies all of <paramref name="images"/> correctly, however many epochs that takes on this processor.
    /// </summary>
    private static DlaImageClassificationOptions UntilCorrect(IDataView images, List<TrainingEpoch> epochs)
    {
        var stop = new CancellationTokenSource();
        return Options with
        {
            Recipe = Options.Recipe! with { Optimizer = OptimizerKind.AdamW, LearningRate = 3e-3, Schedule = LearningRateSchedule.Constant, WarmupFraction = 0,
                BatchSize = 32 },
            Epoch = 1000, ValidationSet = images, CancellationToken = stop.Token, MetricsCallback = Stop,
        };

        void Stop(TrainingEpoch epoch)
        {
            epochs.Add(epoch);
            if (epoch.Validation!.Top1 == 1) stop.Cancel();
        }
    }

    [Fact]
    public void A_fitted_model_scores_evaluates_and_loads_again_from_ML_NETs_zip()
    {
        var (train, test) = (Paths(64, 1), Paths(32, 2));
        var epochs = new List<TrainingEpoch>();
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.MulticlassClassification.Trainers.DlaImageClassification(UntilCorrect(test, epochs)));
        var model = pipeline.Fit(train);
        var metrics = _ml.MulticlassClassification.Evaluate(model.Transform(test), topKPredictionCount: 2);
        Assert.True(metrics.MicroAccuracy > 0.9, $"{metrics.MicroAccuracy} after {epochs.Count} epochs");
        Assert.Equal(Enumerable.Range(1, epochs.Count), epochs.Select(e => e.Epoch));
        _ml.Model.Save(model, train.Schema, _folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
        Assert.Equal(model.Transform(test).GetColumn<float[]>("Score"), loaded.Transform(test).GetColumn<float[]>("Score"));
        using var engine = _ml.Model.CreatePredictionEngine<PathRow, Prediction>(model);
        Assert.Equal(1, engine.Predict(_ml.Data.CreateEnumerable<PathRow>(test, reuseRowObject: false).First()).Score.Sum(), 1e-5);
    }

    [Fact]
    public void Paths_bytes_and_images_train_the_same_network()
    {
        var paths = Paths(48, 1);
        var bytes = new TinyImages(48, 4).ToDataView(_ml);
        var images = _ml.Transforms.LoadImages("Loaded", imageFolder: "", "ImagePath").Fit(paths).Transform(paths);
        var scores = new List<float[][]>();
        foreach (var (view, column) in ((IDataView, string)[])[(paths, "ImagePath"), (bytes, "Image"), (images, "Loaded")])
        {
            using var model = Fit(view, Options with { FeatureColumnName = column, Epoch = 1 });
            scores.Add([.. model.Transform(view).GetColumn<float[]>("Score")]);
        }
        Assert.Equal(scores[0], scores[1]);
        Assert.Equal(scores[0], scores[2]);
    }

    [Fact]
    public void The_card_tells_classes_and_training_and_the_workspace_keeps_the_model()
    {
        using var model = Fit(Paths(48, 1), Options with { ValidationSetFraction = 0.25, Epoch = 2, WorkspacePath = _folder.File("run") });
        Assert.Equal(["class_0", "class_1", "class_2", "class_3"], model.Card.ClassNames);
        Assert.Equal(2, model.Card.Training!.Epochs);
        Assert.Equal("12 images of 48 rows of 4 classes", model.Card.Training.MeasuredOn);
        Assert.NotNull(model.Card.Training.Top1);
        Assert.Contains("random weights, seed 1", model.Card.Weights, StringComparison.Ordinal);
        Assert.Equal(model.Card.ToJson(), DlaModelCard.Load(_folder.File("run/model.onnx"))!.ToJson());
        using (var classifier = DlaClassifier.Open(_folder.File("run/model.onnx"))) Assert.True(classifier.CanExplain);
        Assert.Throws<IOException>(() => Fit(Paths(48, 1), Options with { ValidationSetFraction = 0.25, Epoch = 2, WorkspacePath = _folder.File("run") }));
    }

    [Fact]
    public void A_validation_set_in_the_options_decides_when_training_ends()
    {
        var epochs = new List<TrainingEpoch>();
        var options = Options with { ValidationSet = Paths(24, 2), ValidationSetFraction = 0.5, EarlyStopping = 2, Epoch = 200, MetricsCallback = epochs.Add };
        using var model = _ml.MulticlassClassification.Trainers.DlaImageClassification(options).Fit(Paths(64, 1));
        Assert.InRange(epochs.Count, 3, 199);
        Assert.Equal(epochs.MaxBy(e => e.Validation!.Top1)!.Epoch + 2, epochs.Count);
        Assert.Equal(("64 rows of 4 classes", "24 rows of 4 classes"), (model.Card.Training!.Data, model.Card.Training.MeasuredOn));
        Assert.Equal(epochs.Max(e => e.Validation!.Top1), model.Card.Training.Top1);
        Assert.Contains("EarlyStopping", Assert.Throws<ArgumentException>(() => Fit(Paths(32, 1), Options with { EarlyStopping = 2 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Pretrained_weights_of_other_classes_are_the_start()
    {
        using (var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 7, Seed = 5 }))
            Safetensors.Save(_folder.File("w.safetensors"), network);
        var options = Options with { Variant = null, Weights = _folder.File("w.safetensors"), Epoch = 1, Recipe = null, BatchSize = 16 };
        using var model = Fit(Paths(32, 1), options);
        Assert.Contains("w.safetensors, SHA-256", model.Card.Weights, StringComparison.Ordinal);
        Assert.Equal("dla46_c", model.Card.Variant);
        Assert.Contains("AdamW", model.Card.Training!.Recipe, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_the_trainer_bring_their_preprocessing_and_progress_goes_to_the_log()
    {
        using (Fit(Paths(48, 1), Options with { Variant = DlaVariant.Dla46C, Epoch = 1, WorkspacePath = _folder.File("first") }))
        {
        }
        var messages = new List<string>();
        _ml.Log += (_, e) => messages.Add($"{e.Kind} {e.Source}: {e.RawMessage}");
        var recipe = TinyImages.Recipe with { EmaDecay = 0, ClipGradientNorm = 1, OnBadImage = BadTrainingImage.Skip };
        var train = Paths(48, 2);
        _folder.Write("2-5.bmp", "not an image");
        using var model = Fit(train, Options with { Variant = null, Preprocessing = null, Weights = _folder.File("first/best.safetensors"), Recipe = recipe,
            Epoch = 2 });
        Assert.Equal(TinyImages.Preprocessing, model.Card.Preprocessing);
        var ours = messages.Where(m => m.Contains("DlaImageClassification", StringComparison.Ordinal)).ToList();
        Assert.Contains(ours, m => m.StartsWith("Info", StringComparison.Ordinal) && m.Contains("dla46_c from best.safetensors", StringComparison.Ordinal));
        Assert.Equal(2, ours.Count(m => m.StartsWith("Info", StringComparison.Ordinal) && m.Contains(": loss ", StringComparison.Ordinal)));
        Assert.Contains(ours, m => m.StartsWith("Warning", StringComparison.Ordinal) && m.Contains("2-5.bmp", StringComparison.Ordinal));
    }

    [Fact]
    public void Cancelling_keeps_what_was_learned()
    {
        using var stop = new CancellationTokenSource();
        var train = Paths(64, 1);
        using var model = Fit(train, Options with { Epoch = 500, CancellationToken = stop.Token, MetricsCallback = e => Stop(e, stop) });
        Assert.Equal(3, model.Card.Training!.Epochs);
        Assert.Equal(64, model.Transform(train).GetColumn<uint>("PredictedLabel").Count());

        static void Stop(TrainingEpoch epoch, CancellationTokenSource stop)
        {
            if (epoch.Epoch == 3) stop.Cancel();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cancelling_before_the_first_epoch_ends_gives_no_untrained_model(bool workspace)
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var options = Options with { CancellationToken = stop.Token, WorkspacePath = workspace ? _folder.File("run") : null };
        Assert.Throws<OperationCanceledException>(() => Fit(Paths(64, 1), options));
        if (!workspace) return;
        using var model = Fit(Paths(64, 1), options with { CancellationToken = default, Resume = true, Epoch = 8 });
        Assert.Equal(8, model.Card.Training!.Epochs);
    }

    [Fact]
    public void Keys_that_a_text_file_has_without_values_are_named_as_in_the_file()
    {
        _ = Paths(48, 1);
        var table = _folder.Write("table.tsv", string.Concat(Enumerable.Range(0, 48).Select(i => $"{_folder.File($"1-{i}.bmp")}\t{i % 4}\n")));
        var rows = _ml.Data.CreateTextLoader([new("ImagePath", DataKind.String, 0), new("Label", DataKind.UInt32, [new(1)], new KeyCount(4))]).Load(table);
        using var model = Fit(rows, Options with { Epoch = 1 });
        Assert.Equal(["0", "1", "2", "3"], model.Card.ClassNames);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_a_workspace_nothing_is_written_to_the_temporary_folder(bool headOnly)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the folder's variable is that of Unix");
        var train = Paths(48, 1);
        var recipe = headOnly ? Options.Recipe! with { Freeze = FrozenPart.Level5, CacheEmbeddings = true } : Options.Recipe;
        var usual = Environment.GetEnvironmentVariable("TMPDIR");
        Environment.SetEnvironmentVariable("TMPDIR", "/proc/nope");
        try
        {
            using var model = Fit(train, Options with { Recipe = recipe, Epoch = 1 });
            Assert.Equal(48, model.Transform(train).GetColumn<float[]>("Score").Count());
        }
        finally
        {
            Environment.SetEnvironmentVariable("TMPDIR", usual);
        }
    }

    [Fact]
    public void Cross_validation_just_works()
    {
        var paths = Paths(96, 1);
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(paths).Transform(paths);
        var results = _ml.MulticlassClassification.CrossValidate(keyed,
            _ml.MulticlassClassification.Trainers.DlaImageClassification(Options with { Epoch = 1 }), numberOfFolds: 2);
        Assert.Equal(2, results.Count);
        Assert.Equal(96, results.Sum(r => r.ScoredHoldOutSet.GetColumn<uint>("Label").Count()));
        Assert.All(results, r =>
        {
            var (labels, predictions) = (Names(r.ScoredHoldOutSet, "Label"), Names(r.ScoredHoldOutSet, "PredictedLabel"));
            Assert.Equal(labels.Zip(predictions).Average(p => p.First == p.Second ? 1.0 : 0), r.Metrics.MicroAccuracy, 1e-9);
        });

        string[] Names(IDataView view, string column) => [.. _ml.Transforms.Conversion.MapKeyToValue("Name", column).Fit(view).Transform(view)
            .GetColumn<string>("Name")];
    }

    [Fact]
    public void Numbers_are_labels_as_keys_with_values_or_without()
    {
        var data = new TinyImages(48, 4);
        var rows = Enumerable.Range(0, 48).Select(i => new NumberRow { ImagePath = _folder.Write($"n-{i}.bmp", data.ReadEncoded(i).ToArray()),
            Label = i % 4 + 0.5f, Key = (uint)(i % 4) }).ToArray();
        var plain = _ml.Data.LoadFromEnumerable(rows);
        var valued = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(plain).Transform(plain);
        using var named = Fit(valued, Options with { Epoch = 1 });
        Assert.Equal(["0.5", "1.5", "2.5", "3.5"], named.Card.ClassNames);
        using var numbered = Fit(plain, UntilCorrect(plain, []) with { LabelColumnName = "Key" });
        Assert.Equal(["0", "1", "2", "3"], numbered.Card.ClassNames);   // as ML.NET shows such keys, and as files have them
        Assert.InRange(_ml.MulticlassClassification.Evaluate(numbered.Transform(plain), "Key").MicroAccuracy, 0.9, 1);
    }

    [Fact]
    public void Rows_without_an_image_are_bad_images()
    {
        var rows = _ml.Data.CreateEnumerable<PathRow>(Paths(48, 1), reuseRowObject: false).ToArray();
        rows[3].ImagePath = "";
        var data = _ml.Data.LoadFromEnumerable(rows);
        Assert.Contains("row 3", Assert.Throws<ImageDecodeException>(() => Fit(data, Options with { Epoch = 1 })).Message, StringComparison.Ordinal);
        rows[5].ImagePath = "a\0b";
        var skipping = Options with { Recipe = Options.Recipe! with { OnBadImage = BadTrainingImage.Skip }, Epoch = 1,
            WorkspacePath = _folder.File("skipping") };
        using var model = Fit(data, skipping);
        Assert.Equal(1, model.Card.Training!.Epochs);
    }

    [Fact]
    public void Labels_of_validation_rows_are_names_even_where_all_are_numbers()
    {
        var train = Paths(48, 1, i => $"{i % 3 + 1}");
        using var model = Fit(train, Options with { Epoch = 1 }, Paths(9, 2, i => $"{i % 3 + 1}"));
        Assert.Equal(["1", "2", "3"], model.Card.ClassNames);
        Assert.Contains("'0' is not one of", Assert.Throws<InvalidDataException>(() =>
            Fit(train, Options with { Epoch = 1 }, Paths(9, 3, i => $"{i % 3}"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workspace_takes_no_second_run_on_other_rows()
    {
        var options = Options with { Epoch = 1, WorkspacePath = _folder.File("run"), Resume = true };
        Assert.Contains("no run to resume", Assert.Throws<FileNotFoundException>(() => Fit(Paths(48, 1), options)).Message, StringComparison.Ordinal);
        using var first = Fit(Paths(48, 1), options with { Resume = false });
        using var again = Fit(Paths(48, 1), options);
        Assert.Contains("other images", Assert.Throws<InvalidDataException>(() => Fit(Paths(48, 2), options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_promised_schema_is_the_real_one()
    {
        var train = Paths(32, 1);
        var estimator = _ml.MulticlassClassification.Trainers.DlaImageClassification(Options with { Epoch = 1 });
        var promised = new EstimatorChain<ITransformer>().Append(_ml.Transforms.CustomMapping<Nothing, PathRow>((_, _) => { }, null)).Append(estimator)
            .GetOutputSchema(new SchemaShape([]));
        using var model = estimator.Fit(train);
        var real = model.GetOutputSchema(train.Schema);
        Assert.Equal(real.Where(c => !c.IsHidden).Select(c => c.Name).Order(), promised.Select(c => c.Name).Order());
        Assert.True(promised.Single(c => c.Name == "PredictedLabel").IsKey);
        Assert.Contains("KeyValues", promised.Single(c => c.Name == "PredictedLabel").Annotations.Select(a => a.Name));
    }

    [Fact]
    public void What_cannot_be_learned_from_is_refused_with_a_reason()
    {
        void Refused(string part, Action fit) => Assert.Contains(part, Assert.ThrowsAny<Exception>(fit).Message, StringComparison.Ordinal);
        Refused("There is no column 'Image'", () => Fit(Paths(32, 1), Options with { FeatureColumnName = "Image" }));
        Refused("Row 3 has no label", () => Fit(Paths(32, 1, i => i == 3 ? "" : $"c{i % 2}"), Options));
        Refused("only the class 'cat'", () => Fit(Paths(32, 1, _ => "cat"), Options));
        Refused("no rows", () => Fit(Paths(0, 1), Options));
        Refused("'emu' is not one of the 4 expected classes", () => Fit(Paths(32, 1), Options, Paths(8, 2, _ => "emu")));
        Refused("'Same'", () => Fit(Paths(32, 1), Options with { ScoreColumnName = "Same", PredictedLabelColumnName = "Same", Epoch = 100_000 }));
        Refused("ValidationSetFraction is 1", () => Fit(Paths(32, 1), Options with { ValidationSetFraction = 1 }));
        Refused("fewer than one batch", () => Fit(Paths(8, 1), Options));
        var broken = Paths(32, 1);
        _folder.Write("1-5.bmp", "not an image");
        Refused("1-5.bmp", () => Fit(broken, Options));
    }

    private sealed class Nothing;

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class NumberRow
    {
        public string ImagePath { get; set; } = "";

        public float Label { get; set; }

        [KeyType(4)] public uint Key { get; set; }
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
