using Dla.Tests;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Dla.MLNet.Tests;

public sealed class ModelCardTests
{
    [Fact]
    public void A_card_survives_its_JSON()
    {
        var card = new DlaModelCard
        {
            Variant = "dla34",
            ClassNames = ["apple", "pêche"],
            Preprocessing = new ImagePreprocessing { ResizeShortSide = 73, CropSize = 64, Interpolation = ImageInterpolation.Bicubic, Mean = [0.5f],
                Std = [0.25f] },
            Weights = "random, seed 0",
            Training = new DlaTrainingRecord { Data = "CIFAR-100", Epochs = 3, Top1 = 0.5 },
            Quantization = new DlaQuantizationRecord { Scheme = "QDQ", Calibration = "mse", CalibrationImages = 512, KeptFloat = ["/fc"] },
        };
        var read = DlaModelCard.Parse(card.ToJson());
        Assert.Equal(card.ToJson(), read.ToJson());
        Assert.Equal(card.Preprocessing, read.Preprocessing);
        Assert.Equal(card.ClassNames, read.ClassNames);
    }

    [Fact]
    public void What_a_card_lacks_keeps_its_default_and_what_it_has_besides_is_passed_over()
    {
        var card = DlaModelCard.Parse("""
            {
              "author": {"name": "somebody"}, "variant": null, "training": {"epochs": 2, "top1": null},
              "preprocessing": {"cropSize": 64, "later": [1, {"a": 2}]}
            }
            """);
        Assert.Equal(new ImagePreprocessing { CropSize = 64 }, card.Preprocessing);
        Assert.Equal(new DlaTrainingRecord { Epochs = 2 }, card.Training);
        Assert.Equal(new DlaModelCard().ToJson(), DlaModelCard.Parse("{}").ToJson());
    }

    [Fact]
    public void Every_filter_and_orientation_survives_the_JSON()
    {
        foreach (var interpolation in Enum.GetValues<ImageInterpolation>())
            foreach (var orientation in Enum.GetValues<ImageOrientation>())
            {
                var preprocessing = new ImagePreprocessing { Interpolation = interpolation, Orientation = orientation };
                Assert.Equal(preprocessing, DlaModelCard.Parse(new DlaModelCard { Preprocessing = preprocessing }.ToJson()).Preprocessing);
            }
    }

    /// <summary>Cards are written by reflection and read by hand: a property that only one of both knows is lost.</summary>
    [Theory]
    [InlineData(typeof(DlaModelCard), "cardVersion classNames preprocessing quantization training variant weights")]
    [InlineData(typeof(ImagePreprocessing), "cropSize interpolation mean orientation resizeShortSide std")]
    [InlineData(typeof(DlaTrainingRecord), "data epochs measuredOn recipe top1 top5")]
    [InlineData(typeof(DlaQuantizationRecord), "calibration calibrationImages keptFloat scheme")]
    public void The_reader_and_the_page_know_every_property(Type record, string names)
    {
        Assert.Equal(names.Split(' '), record.GetProperties().Where(p => p.CanWrite).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))
            .Order(StringComparer.Ordinal));
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "model-card.md"));
        foreach (var name in names.Split(' ').Where(n => n is not ("preprocessing" or "training" or "quantization")))
            Assert.Matches(new Regex($"^\\| .*`([a-z]*\\.)?{name}`", RegexOptions.Multiline), page);
    }

    [Theory]
    [InlineData("""{"preprocessing": {"cropSize": "64"}}""", "cropSize is \"64\"; a whole number is expected")]
    [InlineData("""{"preprocessing": {"cropSize": 64.5}}""", "cropSize is 64.5; a whole number is expected")]
    [InlineData("""{"preprocessing": {"interpolation": "nearest"}}""", "interpolation is \"nearest\"; 'bilinear' or 'bicubic' is expected")]
    [InlineData("""{"preprocessing": {"mean": [0.5, "x", 0.5]}}""", "mean is \"x\"; a number is expected")]
    [InlineData("""{"classNames": "cat"}""", "classNames is \"cat\"; a list is expected")]
    [InlineData("""{"classNames": null}""", "classNames is null; a list is expected")]
    [InlineData("""{"quantization": {"scheme": "QDQ"}}""", "'quantization' lacks 'calibration'")]
    [InlineData("true", "the card is true; an object is expected")]
    public void A_wrong_value_is_named_with_what_is_expected(string json, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => DlaModelCard.Parse(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"cardVersion": 2}""")]
    [InlineData("""{"cardVersion": 2, "preprocessing": {"interpolation": "lanczos"}}""")]
    [InlineData("""{"preprocessing": {"cropSize": 0}}""")]
    [InlineData("""{"preprocessing": {"mean": null}}""")]
    [InlineData("""{"variant": "\ud800"}""")]
    public void What_is_not_a_card_is_refused_with_a_remedy(string json)
    {
        var error = Assert.Throws<FormatException>(() => DlaModelCard.Parse(json));
        Assert.Matches("Export the model again|Update the package", error.Message);
    }
}
