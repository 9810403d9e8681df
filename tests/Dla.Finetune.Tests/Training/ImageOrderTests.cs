namespace Dla.Finetune.Tests;

public class ImageOrderTests
{
    /// <summary>60 images of class 0, 20 of class 1, 3 of class 2.</summary>
    private static readonly ImageDataset Data = new TinyImages(83, 3) { Labels = i => i < 60 ? 0 : i < 80 ? 1 : 2 };

    [Fact]
    public void By_itself_every_image_comes_once_in_an_order_of_its_own_each_epoch()
    {
        var order = new ImageOrder(Data, new DlaTrainingOptions());
        Assert.Equal(Enumerable.Range(0, 83), order.Of(0).Order());
        Assert.NotEqual(order.Of(0), order.Of(1));
        Assert.Equal(order.Of(1), order.Of(1));
    }

    [Fact]
    public void Balanced_every_class_comes_as_often_and_frequent_ones_with_other_images()
    {
        var order = new ImageOrder(Data, new DlaTrainingOptions { BalancedSampling = true });
        for (var epoch = 0; epoch < 4; epoch++)
        {
            var classes = order.Of(epoch).CountBy(Data.Label).ToDictionary();
            Assert.Equal(83, classes.Values.Sum());
            Assert.All(classes.Values, n => Assert.InRange(n, 27, 28));
            Assert.Equal(27, order.Of(epoch).Where(i => i < 60).Distinct().Count(), 1.0);
            Assert.Equal(3, order.Of(epoch).Where(i => i >= 80).Distinct().Count());
        }
        Assert.Equal(60, Enumerable.Range(0, 30).SelectMany(order.Of).Where(i => i < 60).Distinct().Count());
        Assert.Equal(order.Of(2), new ImageOrder(Data, new DlaTrainingOptions { BalancedSampling = true }).Of(2));
    }

    [Fact]
    public void An_image_that_comes_again_in_an_epoch_varies_in_another_way()
    {
        var order = new ImageOrder(Data, new DlaTrainingOptions { BalancedSampling = true });
        var images = order.Of(0);
        Assert.Equal(83, Enumerable.Range(0, 83).Select(p => order.Variation(images, p)).Distinct().Count());
        var plain = new ImageOrder(Data, new DlaTrainingOptions());
        Assert.Equal(plain.Of(0), Enumerable.Range(0, 83).Select(p => plain.Variation(plain.Of(0), p)));   // an image's own, wherever it comes
    }
}
