using System.Globalization;
using Dla.MLNet;
using Microsoft.ML;

namespace Dla.Finetune;

/// <summary>Some images of another data set, with all its classes.</summary>
internal sealed class ImageSubset(string name, ImageDataset all, int[] indices) : ImageDataset
{
    public override string Name => name;

    public override IReadOnlyList<string> ClassNames => all.ClassNames;

    public override int Count => indices.Length;

    public override string ImageColumnName => all.ImageColumnName;

    public override int Label(int index) => all.Label(Original(index));

    public override string Describe(int index) => all.Describe(Original(index));

    public override ReadOnlyMemory<byte> ReadEncoded(int index) => all.ReadEncoded(Original(index));

    public override ImagePreprocessing SuggestPreprocessing(int? size = null) => all.SuggestPreprocessing(size);

    internal override IDataView Rows(MLContext ml, IEnumerable<int> chosen) => all.Rows(ml, chosen.Select(Original));

    internal override RgbImage DecodeImage(int index, ImageOrientation orientation) => all.DecodeImage(Original(index), orientation);

    /// <summary>Divides a data set in two, each class in the same proportion, at random.</summary>
    /// <param name="data">The whole.</param>
    /// <param name="fraction">Part in (0, 1) of each class that goes to the second, rounded; at least one image of a class that has two.</param>
    /// <param name="seed">Chooses the images.</param>
    public static (ImageDataset First, ImageDataset Second) Split(ImageDataset data, double fraction, ulong seed)
    {
        if (fraction is not (> 0 and < 1)) throw new ArgumentException(FormattableString.Invariant($"The fraction is {fraction}; it must be between 0 and 1."), nameof(fraction));
        List<int> first = [], second = [];
        foreach (var group in Enumerable.Range(0, data.Count).GroupBy(data.Label))
        {
            var images = group.ToArray();
            new SampleRandom(seed, 0, group.Key).Shuffle(images);
            var count = Math.Clamp((int)Math.Round(images.Length * fraction), Math.Min(1, images.Length - 1), images.Length - 1);
            second.AddRange(images[..count]);
            first.AddRange(images[count..]);
        }
        if (second.Count == 0) throw new ArgumentException($"'{data.Name}' has one image of each class; none can be set apart for validation.", nameof(data));
        return (Of(first), Of(second));

        ImageSubset Of(List<int> chosen)
        {
            chosen.Sort();
            return new ImageSubset(string.Create(CultureInfo.InvariantCulture, $"{chosen.Count:N0} images of {data.Name}"), data, [.. chosen]);
        }
    }

    private int Original(int index)
    {
        CheckIndex(index);
        return indices[index];
    }
}
