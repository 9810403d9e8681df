using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dla.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

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

    /// <summary>The extensions, in lower case, that files of a folder must have to be taken for images.</summary>
    public static IReadOnlyList<string> FileExtensions => DlaImageFiles.Extensions;

    /// <summary>What this is, for people: <c>CIFAR-100, 10,000 test images</c>, or the folder's path.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// What a person should know of this data, a sentence or two each: files of the folder that were left out, classes without images. Most data has none.
    /// </summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>The names of the classes, in the order of the labels. A class may have no images.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of images.</summary>
    public abstract int Count { get; }

    /// <summary>The column of <see cref="ToDataView"/> that holds the images: <see cref="ImageColumn"/> or <see cref="ImagePathColumn"/>.</summary>
    public virtual string ImageColumnName => ImageColumn;

    /// <summary>The class of an image, an index into <see cref="ClassNames"/>.</summary>
    public abstract int Label(int index);

    /// <summary>The image's path, or <c>cifar100/test[17]</c>: for messages and reports.</summary>
    public abstract string Describe(int index);

    /// <summary>The image as an encoded file (JPEG, PNG, BMP, …).</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="ImageDecodeException">The path is a folder, pipe, socket or device.</exception>
    public abstract ReadOnlyMemory<byte> ReadEncoded(int index);

    /// <summary>The preprocessing that suits these images: ImageNet's, with a resized side of size / 0.875, where the data knows no better.</summary>
    /// <param name="size">Side of the network's input in pixels. Default: 224, for CIFAR-100 64.</param>
    public virtual ImagePreprocessing SuggestPreprocessing(int? size = null) =>
        new() { CropSize = size ?? 224, ResizeShortSide = (int)Math.Round((size ?? 224) / 0.875) };

    /// <summary>The image files in a folder and below it, as <see cref="DlaImageFiles.In"/> finds them without following links to folders.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Paths that begin with <paramref name="folder"/>.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<string> FilesIn(string folder) => [.. DlaImageFiles.In(folder)];

    /// <summary>Whether a folder has sub-folders that <see cref="Open"/> takes for classes or parts; else it may hold images without classes.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static bool HasClasses(string folder) => ImageFolder.SubFolders(folder).Length > 0;

    /// <summary>Whether a file's name has one of the <see cref="FileExtensions"/>.</summary>
    public static bool IsImageFile(string path) => DlaImageFiles.IsImage(path);

    /// <summary>Decodes an image row by row.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="ImageDecodeException">The file is no image, or damaged; the message names it.</exception>
    internal void ReadImage(int index, ImageOrientation orientation, IPixelSink sink) => Naming(index, () =>
    {
        DecodeImage(index, orientation, sink);
        return index;
    });

    /// <summary>Decodes an image. Data sets that hold pixels override this, so that nothing is encoded and decoded again.</summary>
    internal virtual void DecodeImage(int index, ImageOrientation orientation, IPixelSink sink) =>
        ImageDecoder.Decode(ReadEncoded(index).Span, orientation, ImagePreprocessor.DefaultMaxPixels, sink, ImageMemoryBudget.Shared);

    /// <summary>Adds to a hash what tells whether an image is still the same: its encoded bytes, or of a file its path, size and time.</summary>
    internal virtual void AppendTo(IncrementalHash hash, int index) => Append(hash, ReadEncoded(index).Span);

    /// <summary>Adds to a hash which image it is: the name of its file.</summary>
    internal virtual void AppendName(IncrementalHash hash, int index) => Append(hash, Encoding.UTF8.GetBytes(Path.GetFileName(Describe(index))));

    /// <summary>Adds bytes and their number.</summary>
    private protected static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }

    /// <summary>Adds a file's path, size and time of its last change.</summary>
    private protected static void AppendFile(IncrementalHash hash, string path)
    {
        var state = File.Exists(path) && new FileInfo(path) is var file
            ? FormattableString.Invariant($"{file.FullName}, {file.Length} bytes, {file.LastWriteTimeUtc:O}")
            : $"{path}, absent";
        Append(hash, Encoding.UTF8.GetBytes(state));
    }

    /// <summary>Does something with an image, and names the image where it cannot be decoded.</summary>
    internal T Naming<T>(int index, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (ImageDecodeException e) when (e.Path is null)
        {
            throw new ImageDecodeException(Describe(index), e.Message, e);
        }
    }

    /// <summary>
    /// The images as rows, read when a cursor asks for them: <see cref="ImageColumn"/> (encoded bytes) or <see cref="ImagePathColumn"/> (text),
    /// and <see cref="LabelColumn"/> (the class name as text).
    /// </summary>
    public IDataView ToDataView(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return Rows(ml, Enumerable.Range(0, Count));
    }

    /// <summary>Some of the images as rows.</summary>
    internal virtual IDataView Rows(MLContext ml, IEnumerable<int> chosen) =>
        ml.Data.LoadFromEnumerable(chosen.Select(i => new EncodedRow { Image = ReadEncoded(i).ToArray(), Label = ClassNames[Label(i)] }));

    /// <summary>Divides the images in two, each class in the same proportion, at random: for training and validation.</summary>
    /// <param name="fraction">Part in (0, 1) of each class's images that goes to the second, rounded; at least one image of a class that has two.</param>
    /// <param name="seed">Chooses the images; the same seed, the same images.</param>
    /// <exception cref="ArgumentException"><paramref name="fraction"/> is out of range, or no class has two images.</exception>
    public (ImageDataset First, ImageDataset Second) Split(double fraction, ulong seed = 1) => ImageSubset.Split(this, fraction, seed);

    /// <summary>The same number of images of each class, at random.</summary>
    /// <param name="imagesPerClass">Images of each class.</param>
    /// <param name="seed">Chooses the images; those for a smaller number are among those for a larger one.</param>
    /// <exception cref="ArgumentException">A class has fewer images, or the number is below 1.</exception>
    public ImageDataset Sample(int imagesPerClass, ulong seed = 1) => ImageSubset.Sample(this, imagesPerClass, seed);

    /// <summary>All images of some of the classes; these are then the classes, in the order given.</summary>
    /// <param name="classNames">Some of <see cref="ClassNames"/>.</param>
    /// <exception cref="ArgumentException">There is no such class, or one is named twice.</exception>
    public ImageDataset OfClasses(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        return ImageSubset.OfClasses(this, classNames);
    }

    /// <summary>Opens a data set.</summary>
    /// <param name="data"><c>cifar100</c>, a folder with one sub-folder per class (or with <c>train</c> and <c>test</c> or <c>val</c>, each of which has), or a
    /// list file with lines <c>relative/path label</c>.</param>
    /// <param name="split">Which part; a list file and a folder of classes have only one and give it for both.</param>
    /// <param name="options">Where to look and what labels mean.</param>
    /// <param name="cancel">Stops a download, or the search through a folder.</param>
    /// <exception cref="ArgumentException"><paramref name="data"/> is none of these.</exception>
    /// <exception cref="IOException">The data is not there and cannot be downloaded.</exception>
    /// <exception cref="InvalidDataException">The data is damaged, or its labels are not what they should be.</exception>
    public static ImageDataset Open(string data, DatasetSplit split, DatasetOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(data);
        options ??= new DatasetOptions();
        if (data.Replace("-", "", StringComparison.Ordinal).Equals("cifar100", StringComparison.OrdinalIgnoreCase) && !Path.Exists(data))
            return Cifar100.Open(split, options, cancel);
        if (Directory.Exists(data)) return ImageFolder.Read(data, split, options, cancel);
        if (FileStatus.Of(data).Kind is FileKind.Pipe or FileKind.Socket or FileKind.Device)
            throw new ArgumentException($"'{data}' is a pipe, socket or device; a list file is read more than once. Write the list to a file.", nameof(data));
        if (File.Exists(data)) return ImageList.Open(data, options);
        throw new ArgumentException($"There is no data set '{data}'. Give cifar100, " +
            "a folder with one sub-folder per class, or a text file with lines 'relative/path label'.", nameof(data));
    }

    /// <summary>Checks an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or not below <see cref="Count"/>.</exception>
    protected void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"'{Name}' has images 0 to {Count - 1}."));
    }

    private sealed class EncodedRow
    {
        [ColumnName(ImageColumn), VectorType] public byte[] Image { get; set; } = [];

        [ColumnName(LabelColumn)] public string Label { get; set; } = "";
    }
}
