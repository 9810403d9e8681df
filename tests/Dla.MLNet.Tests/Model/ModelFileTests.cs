using Dla.MLNet.Bridge;
using Microsoft.ML;

namespace Dla.MLNet.Tests;

public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-model-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_card_is_read_without_a_session()
    {
        var card = DlaModelCard.Load(TinyModel.Path)!;
        Assert.Equal(("dla-tiny", 64), (card.Variant, card.Preprocessing.CropSize));
        Assert.Equal(TinyModel.ClassNames, card.ClassNames);
    }

    [Fact]
    public void The_outline_holds_inputs_outputs_and_shapes()
    {
        using var source = ModelSource.FromFile(TinyModel.Path);
        using var bytes = source.Open();
        var outline = OnnxOutline.Read(bytes, "tiny");
        Assert.Equal("pixels float32 [?, 3, 64, 64]", Assert.Single(outline.Inputs).ToString());
        Assert.Equal(["logits float32 [?, 5]", "embedding float32 [?, 32]"], outline.Outputs.Select(o => o.ToString()));
        Assert.False(outline.HasExternalWeights);
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused_when_it_is_opened_or_used()
    {
        var bytes = File.ReadAllBytes(TinyModel.Path);
        for (var length = 0; length < bytes.Length; length += 1 + bytes.Length / 97)
        {
            var path = Write(bytes[..length]);
            var error = Assert.ThrowsAny<Exception>(() =>
            {
                using var classifier = DlaClassifier.Open(path);
                classifier.Predict(TestImages.Png(0));
            });
            Assert.True(error is FormatException or ArgumentException, $"{length}: {error}");
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("PK\u0003\u0004 this is a zip")]
    [InlineData("<html>404</html>")]
    [InlineData("")]
    public void What_is_no_ONNX_file_is_refused_by_name(string content)
    {
        var path = Write(System.Text.Encoding.Latin1.GetBytes(content));
        Assert.Contains(path, Assert.Throws<FormatException>(() => DlaClassifier.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_folder_say_what_is_expected()
    {
        Assert.Contains("dla export", Assert.Throws<FileNotFoundException>(() => DlaClassifier.Open(Path.Combine(_folder, "none.onnx"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<FileNotFoundException>(() => DlaClassifier.Open(_folder)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => new MLContext().Transforms.ClassifyImages(Path.Combine(_folder, "none.onnx")).GetOutputSchema(Shape()));
    }

    [Fact]
    public void A_file_without_a_card_needs_preprocessing_and_takes_class_names()
    {
        var path = Write(WithoutCard());
        Assert.Null(DlaModelCard.Load(path));
        Assert.Contains("Preprocessing", Assert.Throws<ArgumentException>(() => DlaClassifier.Open(path)).Message, StringComparison.Ordinal);
        var preprocessing = new ImagePreprocessing { ResizeShortSide = 73, CropSize = 64 };
        using var named = DlaClassifier.Open(path, new DlaClassifierOptions { ModelPath = path, Preprocessing = preprocessing,
            ClassNames = ["a", "b", "c", "d", "e"] });
        using var numbered = DlaClassifier.Open(path, new DlaClassifierOptions { ModelPath = path, Preprocessing = preprocessing });
        using var carded = DlaClassifier.Open(TinyModel.Path);
        var image = TestImages.Png(3);
        Assert.Equal(carded.Predict(image).Top.Select(t => t.Probability), named.Predict(image).Top.Select(t => t.Probability));
        Assert.Equal("abcde"[carded.Predict(image).Top[0].Index].ToString(), named.Predict(image).Label);
        Assert.Equal($"{carded.Predict(image).Top[0].Index}", numbered.Predict(image).Label);
        Assert.Equal(preprocessing, numbered.Card.Preprocessing);
    }

    [Fact]
    public void Class_names_and_sizes_that_do_not_fit_the_model_are_refused()
    {
        Assert.Matches("5 classes and 2", Assert.Throws<ArgumentException>(() => Open(o => o with { ClassNames = ["a", "b"] })).Message);
        Assert.Matches("64.*224", Assert.Throws<ArgumentException>(() => Open(o => o with { Preprocessing = new ImagePreprocessing() })).Message);
        Assert.Matches("3.*1 channel", Assert.Throws<ArgumentException>(() =>
            Open(o => o with { Preprocessing = new ImagePreprocessing { ResizeShortSide = 64, CropSize = 64, Mean = [0.5f], Std = [0.5f] } })).Message);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("")]
    public void An_unknown_device_is_answered_with_the_known_ones(string device) =>
        Assert.Matches("cpu.*cuda:0", Assert.Throws<ArgumentException>(() => Open(o => o with { Device = device })).Message);

    [Fact]
    public void Asking_for_CUDA_without_its_package_names_the_package_before_the_first_image() =>
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", Assert.Throws<InvalidOperationException>(() => Open(o => o with { Device = "cuda:0" })).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Asking_for_CUDA_or_else_the_processor_gets_the_processor()
    {
        using var classifier = Open(o => o with { Device = "cuda:0", FallbackToCpu = true });
        Assert.NotEmpty(classifier.Predict(TestImages.Png(0)).Label);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        foreach (var change in (Func<DlaClassifierOptions, DlaClassifierOptions>[])
            [o => o with { Parallelism = 0 }, o => o with { MaxPixels = 0 }, o => o with { MaxPixels = long.MaxValue },
                o => o with { PredictedLabelColumnName = "Score" }, o => o with { ImageErrorColumnName = "Score", OnBadImage = BadImageHandling.Missing },
                o => o with { InputColumnName = "" }, o => o with { BatchSize = 0 }, o => o with { ScoreColumnName = "" },
            o => o with { OnBadImage = (BadImageHandling)7 }, o => o with { Mode = (ScoringMode)7 },
            o => o with { Preprocessing = new ImagePreprocessing { CropSize = 0 } },
            o => o with { Preprocessing = new ImagePreprocessing { CropSize = 30_000, ResizeShortSide = 30_000 } }])
            Assert.ThrowsAny<ArgumentException>(() =>
                new MLContext().Transforms.ClassifyImages(change(new DlaClassifierOptions { ModelPath = TinyModel.Path })));
    }

    private static DlaClassifier Open(Func<DlaClassifierOptions, DlaClassifierOptions> change) =>
        DlaClassifier.Open(TinyModel.Path, change(new DlaClassifierOptions { ModelPath = TinyModel.Path }));

    private static SchemaShape Shape() => SchemaShapes.Of(new MLContext().Data.LoadFromEnumerable(new List<PathRow>()).Schema);

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.onnx");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The tiny model with the card's key renamed, as another exporter's metadata.</summary>
    private static byte[] WithoutCard()
    {
        var bytes = File.ReadAllBytes(TinyModel.Path);
        var at = bytes.AsSpan().IndexOf("dla.card"u8);
        "another."u8.CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
