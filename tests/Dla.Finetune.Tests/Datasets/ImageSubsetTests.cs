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
        Assert.Equal(103, Enumerable.Range(0, first.Count).Select(first.Describe).Concat(Enumerable.Range(0, second.Count).Select(second.Describe)).Distinct()
            .Count());
        Assert.Equal(Enumerable.Range(0, second.Count).Select(second.Describe),
            Enumerable.Range(0, second.Count).Select(data.Split(0.2, seed: 3).Second.Describe));
        Assert.NotEqual(Enumerable.Range(0, second.Count).Select(second.Describe),
            Enumerable.Range(0, second.Count).Select(data.Split(0.2, seed: 4).Second.Describe));
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

    [Fact]
    public void A_sample_has_the_same_number_of_each_class_and_a_larger_one_holds_it()
    {
        var data = new TinyImages(103, 4);
        string[] Images(int each, ulong seed) => [.. Enumerable.Range(0, each * 4).Select(data.Sample(each, seed).Describe)];
        Assert.Equal(Images(5, 1), Images(5, 1));
        Assert.NotEqual(Images(5, 1), Images(5, 2));
        Assert.Subset(Images(9, 1).ToHashSet(), Images(5, 1).ToHashSet());
        var sample = data.Sample(5, 1);
        Assert.Equal(20, sample.Count);
        Assert.All(Enumerable.Range(0, sample.Count).CountBy(sample.Label), c => Assert.Equal(5, c.Value));
        Assert.Contains("has 25 images of class 'class_3'", Assert.Throws<ArgumentException>(() => data.Sample(26)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => data.Sample(0));
    }

    [Fact]
    public void Some_classes_are_numbered_anew_in_the_order_given_and_keep_their_images()
    {
        var data = new TinyImages(40, 4);
        var some = data.OfClasses(["class_3", "class_1"]);
        Assert.Equal(["class_3", "class_1"], some.ClassNames);
        Assert.Equal(20, some.Count);
        for (var i = 0; i < some.Count; i++) Assert.Equal(some.Describe(i), data.Describe(2 * i + 1));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => 1 - i % 2), Enumerable.Range(0, 20).Select(some.Label));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => some.ClassNames[some.Label(i)]), some.ToDataView(new MLContext(seed: 1)).GetColumn<string>("Label"));
        Assert.Equal("20 images (2 of 4 classes) of 40 tiny images", some.Name);
        Assert.Equal((6, 2), (some.Sample(3).Count, some.Sample(3).ClassNames.Count));
        Assert.Contains("no class 'emu'", Assert.Throws<ArgumentException>(() => data.OfClasses(["emu"])).Message, StringComparison.Ordinal);
        Assert.Contains("named twice", Assert.Throws<ArgumentException>(() => data.OfClasses(["class_1", "class_1"])).Message, StringComparison.Ordinal);
    }
}
