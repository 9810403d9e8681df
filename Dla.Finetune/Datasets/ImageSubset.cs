using System.Globalization;
using System.Security.Cryptography;
using Dla.MLNet;
using Microsoft.ML;

namespace Dla.Finetune;

/// <summary>Some images of another data set, with all its classes or some of them.</summary>
/// <param name="name">What this is, for people.</param>
/// <param name="all">The other data set.</param>
/// <param name="indices">The images' places in it.</param>
/// <param name="classes">The chosen classes' places in its class names; <see langword="null"/> for all.</param>
internal sealed class ImageSubset(string name, ImageDataset all, int[] indices, int[]? classes = null) : ImageDataset
{
    private readonly Dictionary<int, int>? _labels = classes?.Select((original, own) => (original, own)).ToDictionary(c => c.original, c => c.own);

    public override string Name => name;

    public override IReadOnlyList<string> Notes => all.Notes;

    public override IReadOnlyList<string> ClassNames { get; } = classes is null ? all.ClassNames : [.. classes.Select(c => all.ClassNames[c])];

    public override int Count => indices.Length;

    public override string ImageColumnName => all.ImageColumnName;

    public override int Label(int index)
    {
        var label = all.Label(Original(index));
        return _labels is null ? label : _labels[label];
    }

    public override string Describe(int index) => all.Describe(Original(index));

    public override ReadOnlyMemory<byte> ReadEncoded(int index) => all.ReadEncoded(Original(index));

    public override ImagePreprocessing SuggestPreprocessing(int? size = null) => all.SuggestPreprocessing(size);

    internal override void AppendTo(IncrementalHash hash, int index) => all.AppendTo(hash, Original(index));

    internal override void AppendName(IncrementalHash hash, int index) => all.AppendName(hash, Original(index));

    internal override IDataView Rows(MLContext ml, IEnumerable<int> chosen) => all.Rows(ml, chosen.Select(Original));

    internal override void DecodeImage(int index, ImageOrientation orientation, IPixelSink sink) => all.DecodeImage(Original(index), orientation, sink);

    /// <summary>Divides a data set in two, each class in the same proportion, at random.</summary>
    /// <param name="data">The whole.</param>
    /// <param name="fraction">Part in (0, 1) of each class that goes to the second, rounded; at least one image of a class that has two.</param>
    /// <param name="seed">Chooses the images.</param>
    public static (ImageDataset First, ImageDataset Second) Split(ImageDataset data, double fraction, ulong seed)
    {
        if (fraction is not (> 0 and < 1))
            throw new ArgumentException(FormattableString.Invariant($"The fraction is {fraction}; it must be between 0 and 1."), nameof(fraction));
        List<int> first = [], second = [];
        foreach (var images in Shuffled(data, seed))
        {
            var count = Math.Clamp((int)Math.Round(images.Length * fraction), Math.Min(1, images.Length - 1), images.Length - 1);
            second.AddRange(images[..count]);
            first.AddRange(images[count..]);
        }
        if (second.Count == 0) throw new ArgumentException($"'{data.Name}' has one image of each class; none can be set apart for validation.", nameof(data));
        return (Of(data, first), Of(data, second));
    }

    /// <summary>The same number of images of each class, at random.</summary>
    /// <param name="data">The whole.</param>
    /// <param name="imagesPerClass">Images of each class.</param>
    /// <param name="seed">Chooses the images; those for a smaller number are among those for a larger one.</param>
    public static ImageSubset Sample(ImageDataset data, int imagesPerClass, ulong seed)
    {
        if (imagesPerClass < 1) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{imagesPerClass} images a class are asked for; " +
            $"it must be at least 1."), nameof(imagesPerClass));
        List<int> chosen = [];
        foreach (var images in Shuffled(data, seed))
        {
            if (images.Length < imagesPerClass)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"'{data.Name}' has {images.Length} images of class " +
                    $"'{data.ClassNames[data.Label(images[0])]}', fewer than the {imagesPerClass} asked for of each class."), nameof(imagesPerClass));
            chosen.AddRange(images[..imagesPerClass]);
        }
        return Of(data, chosen);
    }

    /// <summary>All images of some classes, which are then numbered in the order given.</summary>
    /// <param name="data">The whole.</param>
    /// <param name="names">The classes.</param>
    public static ImageSubset OfClasses(ImageDataset data, IReadOnlyList<string> names)
    {
        var places = names.Select(n => data.ClassNames.TakeWhile(c => c != n).Count()).ToArray();
        var unknown = Array.FindIndex(places, p => p == data.ClassNames.Count);
        if (unknown >= 0) throw new ArgumentException($"'{data.Name}' has no class '{names[unknown]}'; " +
            $"it has {string.Join(", ", data.ClassNames.Take(5))}{(data.ClassNames.Count > 5 ? ", …" : "")}.", nameof(names));
        if (places.Distinct().Count() < names.Count) throw new ArgumentException($"The class '{names.CountBy(n => n).MaxBy(n => n.Value).Key}' " +
            "is named twice.", nameof(names));
        var chosen = places.ToHashSet();
        int[] indices = [.. Enumerable.Range(0, data.Count).Where(i => chosen.Contains(data.Label(i)))];
        return new ImageSubset(string.Create(CultureInfo.InvariantCulture, $"{indices.Length:N0} images " +
            $"({names.Count} of {data.ClassNames.Count} classes) of {data.Name}"), data, indices, places);
    }

    /// <summary>The images of each class, in random order.</summary>
    private static IEnumerable<int[]> Shuffled(ImageDataset data, ulong seed)
    {
        foreach (var group in Enumerable.Range(0, data.Count).GroupBy(data.Label))
        {
            var images = group.ToArray();
            new SampleRandom(seed, 0, group.Key).Shuffle(images);
            yield return images;
        }
    }

    private static ImageSubset Of(ImageDataset data, List<int> chosen)
    {
        chosen.Sort();
        return new ImageSubset(string.Create(CultureInfo.InvariantCulture, $"{chosen.Count:N0} images of {data.Name}"), data, [.. chosen]);
    }

    private int Original(int index)
    {
        CheckIndex(index);
        return indices[index];
    }
}
