using System.Globalization;
using Microsoft.ML;

namespace Dla.Finetune;

/// <summary>Labelled images with random access. Instances are immutable and safe for concurrent use.</summary>
public abstract class ImageDataset
{
    /// <summary>The column of encoded images in <see cref="ToDataView"/>.</summary>
    public const string ImageColumn = "Image";

    /// <summary>The column of paths in <see cref="ToDataView"/>.</summary>
    public const string ImagePathColumn = "ImagePath";

    /// <summary>The column of class names in <see cref="ToDataView"/>.</summary>
    public const string LabelColumn = "Label";

    /// <summary>What this is, for people: <c>CIFAR-100, 10,000 test images</c>, or the folder's path.</summary>
    public abstract string Name { get; }

    /// <summary>The names of the classes, in the order of the labels.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of images.</summary>
    public abstract int Count { get; }

    /// <summary>The column of <see cref="ToDataView"/> that holds the images: <see cref="ImageColumn"/> or <see cref="ImagePathColumn"/>.</summary>
    public abstract string ImageColumnName { get; }

    /// <summary>The class of an image, an index into <see cref="ClassNames"/>.</summary>
    public abstract int Label(int index);

    /// <summary>The image's path, or <c>cifar100/test[17]</c>: for messages and reports.</summary>
    public abstract string Describe(int index);

    /// <summary>The image as an encoded file (JPEG, PNG, BMP, …).</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public abstract ReadOnlyMemory<byte> ReadEncoded(int index);

    /// <summary>
    /// The images as rows, read when a cursor asks for them: <see cref="ImageColumn"/> (encoded bytes) or <see cref="ImagePathColumn"/> (text),
    /// and <see cref="LabelColumn"/> (the class name as text).
    /// </summary>
    public abstract IDataView ToDataView(MLContext ml);

    /// <summary>Opens a data set.</summary>
    /// <param name="data"><c>cifar100</c>, a folder with one sub-folder per class (or with <c>train</c> and <c>test</c> or <c>val</c>, each of which has), or a
    /// list file with lines <c>relative/path label</c>.</param>
    /// <param name="split">Which part; a list file and a folder of classes have only one and give it for both.</param>
    /// <param name="options">Where to look and what labels mean.</param>
    /// <param name="cancel">Stops a download.</param>
    /// <exception cref="ArgumentException"><paramref name="data"/> is none of these.</exception>
    /// <exception cref="IOException">The data is not there and cannot be downloaded.</exception>
    /// <exception cref="InvalidDataException">The data is damaged, or its labels are not what they should be.</exception>
    public static ImageDataset Open(string data, DatasetSplit split, DatasetOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(data);
        options ??= new DatasetOptions();
        if (data.Replace("-", "", StringComparison.Ordinal).Equals("cifar100", StringComparison.OrdinalIgnoreCase) && !Path.Exists(data))
            return Cifar100.Open(split, options, cancel);
        if (Directory.Exists(data)) return ImageFolder.Open(data, split, options);
        if (File.Exists(data)) return ImageList.Open(data, options);
        throw new ArgumentException($"There is no data set '{data}'. Give cifar100, a folder with one sub-folder per class, or a text file with lines 'relative/path label'.", nameof(data));
    }

    /// <summary>Checks an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or not below <see cref="Count"/>.</exception>
    protected void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"'{Name}' has images 0 to {Count - 1}."));
    }
}
