using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune.Tests;

public class ImageSubsetTests
{
    [Fact]
    public void A_split_keeps_every_class_in_proportion_and_every_image_once()
    {
        var data = new TinyImages(103, 4);
        var (first, second) = data.Split(0.2, seed: 3);
        Assert.Equal(103, first.Count + second.Count);
        Assert.Equal([5, 5, 5, 5], Enumerable.Range(0, second.Count).CountBy(second.Label).OrderBy(c => c.Key).Select(c => c.Value));
        Assert.Equal(103, Enumerable.Range(0, first.Count).Select(first.Describe).Concat(Enumerable.Range(0, second.Count).Select(second.Describe)).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, second.Count).Select(second.Describe), Enumerable.Range(0, second.Count).Select(data.Split(0.2, seed: 3).Second.Describe));
        Assert.NotEqual(Enumerable.Range(0, second.Count).Select(second.Describe), Enumerable.Range(0, second.Count).Select(data.Split(0.2, seed: 4).Second.Describe));
    }

    [Fact]
    public void Its_rows_are_those_of_its_images()
    {
        var (_, second) = new TinyImages(40, 4).Split(0.3);
        var view = second.ToDataView(new MLContext(seed: 1));
        Assert.Equal(Enumerable.Range(0, second.Count).Select(i => second.ClassNames[second.Label(i)]), view.GetColumn<string>("Label"));
        Assert.Equal(Enumerable.Range(0, second.Count).Select(i => second.ReadEncoded(i).ToArray()), view.GetColumn<byte[]>("Image"));
        Assert.Throws<ArgumentOutOfRangeException>(() => second.Label(second.Count));
    }

    [Fact]
    public void A_fraction_out_of_range_or_single_images_are_errors()
    {
        Assert.Throws<ArgumentException>(() => new TinyImages(8, 4).Split(0));
        Assert.Throws<ArgumentException>(() => new TinyImages(8, 4).Split(1));
        Assert.Throws<ArgumentException>(() => new TinyImages(4, 4).Split(0.5));
        Assert.Equal((4, 4), (new TinyImages(8, 4).Split(0.01).First.Count, new TinyImages(8, 4).Split(0.99).Second.Count));
    }
}
