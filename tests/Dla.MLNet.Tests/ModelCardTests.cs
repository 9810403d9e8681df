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
            Preprocessing = new ImagePreprocessing { ResizeShortSide = 73, CropSize = 64, Interpolation = ImageInterpolation.Bicubic, Mean = [0.5f], Std = [0.25f] },
            Weights = "random, seed 0",
            Training = new DlaTrainingRecord { Data = "CIFAR-100", Epochs = 3, Top1 = 0.5 },
            Quantization = new DlaQuantizationRecord { Scheme = "QDQ", Calibration = "mse", CalibrationImages = 512, KeptFloat = ["/fc"] },
        };
        var read = DlaModelCard.Parse(card.ToJson());
        Assert.Equal(card.ToJson(), read.ToJson());
        Assert.Equal(card.Preprocessing, read.Preprocessing);
        Assert.Equal(card.ClassNames, read.ClassNames);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"cardVersion": 2}""")]
    [InlineData("""{"preprocessing": {"cropSize": 0}}""")]
    [InlineData("""{"preprocessing": {"mean": null}}""")]
    public void What_is_not_a_card_is_refused_with_a_remedy(string json)
    {
        var error = Assert.Throws<FormatException>(() => DlaModelCard.Parse(json));
        Assert.Matches("Export the model again|Update the package", error.Message);
    }
}
