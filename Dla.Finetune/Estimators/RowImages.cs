using System.Globalization;
using System.Security.Cryptography;
using Dla.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Dla.Finetune;

/// <summary>The labelled images of an IDataView: paths are read when they are needed, images and encoded files are kept in memory.</summary>
internal sealed class RowImages : ImageDataset
{
    private readonly List<object> _images;   // a path, or an encoded file
    private readonly int[] _labels;

    private RowImages(List<object> images, IReadOnlyList<string> classNames, int[] labels)
    {
        (_images, ClassNames, _labels) = (images, classNames, labels);
        Name = string.Create(CultureInfo.InvariantCulture, $"{images.Count:N0} rows of {classNames.Count} classes");
    }

    public override string Name { get; }

    public override IReadOnlyList<string> ClassNames { get; }

    public override int Count => _images.Count;

    public override int Label(int index) => _labels[index];

    public override string Describe(int index) =>
        _images[index] is string { Length: > 0 } path ? path : string.Create(CultureInfo.InvariantCulture, $"row {index}");

    public override ReadOnlyMemory<byte> ReadEncoded(int index)
    {
        if (_images[index] is not string path) return (byte[])_images[index];
        if (path.Length == 0)
            throw new ImageDecodeException(Describe(index), "There is no image. Fill the column, or filter the row out.", innerException: null);
        if (path.Contains('\0')) throw new ImageDecodeException("The path of an image holds a null character. Give the path of an image file.");
        return ImageFile.ReadAllBytes(path);
    }

    internal override void AppendTo(IncrementalHash hash, int index)
    {
        if (_images[index] is string path) AppendFile(hash, path);
        else Append(hash, (byte[])_images[index]);
    }

    internal override void AppendName(IncrementalHash hash, int index)
    {
        if (_images[index] is string) base.AppendName(hash, index);
        else Append(hash, (byte[])_images[index]);
    }

    /// <param name="view">The rows.</param>
    /// <param name="imageColumn">Text, bytes or MLImage.</param>
    /// <param name="labelColumn">Text, or a key.</param>
    /// <param name="classNames">The classes that labels must be among; <see langword="null"/> for the data's own.</param>
    public static RowImages Read(IDataView view, string imageColumn, string labelColumn, IReadOnlyList<string>? classNames)
    {
        var (image, label) = (Find(view, imageColumn), Find(view, labelColumn));
        List<object> images = [];
        List<string> labels = [];
        using (var cursor = view.GetRowCursorSet([image, label], 1)[0])
        {
            var (readImage, readLabel) = (Images(cursor, image), Labels(cursor, label));
            while (cursor.MoveNext())
            {
                labels.Add(readLabel() is { Length: > 0 } name ? name.ToString()
                    : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Row {images.Count} has " +
                        $"no label in column '{labelColumn}'. Fill it, or filter the row out."), nameof(view)));
                images.Add(readImage());
            }
        }
        if (images.Count == 0) throw new ArgumentException("The data has no rows to learn from.", nameof(view));
        classNames ??= label.Type is KeyDataViewType ? [.. KeyReader.NamesOf(label)] : [.. labels.Distinct().Order(StringComparer.Ordinal)];
        return new RowImages(images, classNames, LabelMap.Find(labels, classNames, i => string.Create(CultureInfo.InvariantCulture, $"row {i}")));
    }

    private static DataViewSchema.Column Find(IDataView view, string name) => view.Schema.GetColumnOrNull(name)
        ?? throw new ArgumentOutOfRangeException(nameof(name), $"There is no column '{name}'; " +
            $"the data has {string.Join(", ", view.Schema.Select(c => c.Name))}. Set LabelColumnName and FeatureColumnName.");

    private static Func<ReadOnlyMemory<char>?> Labels(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            var (getter, value) = (row.GetGetter<ReadOnlyMemory<char>>(column), default(ReadOnlyMemory<char>));
            return () =>
            {
                getter(ref value);
                return value;
            };
        }
        if (column.Type is KeyDataViewType) return KeyReader.Names(row, column);
        throw new ArgumentOutOfRangeException(nameof(column), $"The column '{column.Name}' holds {column.Type}; {TrainedLabels.Expected}");
    }

    private static Func<object> Images(DataViewRow row, DataViewSchema.Column column)
    {
        switch (column.Type)
        {
            case TextDataViewType:
                var (readPath, path) = (row.GetGetter<ReadOnlyMemory<char>>(column), default(ReadOnlyMemory<char>));
                return () =>
                {
                    readPath(ref path);
                    return path.ToString();
                };
            case VectorDataViewType { ItemType: var item } when item == NumberDataViewType.Byte:
                var (readFile, file) = (row.GetGetter<VBuffer<byte>>(column), default(VBuffer<byte>));
                return () =>
                {
                    readFile(ref file);
                    return file.DenseValues().ToArray();
                };
            case ImageDataViewType:
                var (readImage, image) = (row.GetGetter<MLImage>(column), default(MLImage)!);
                return () =>
                {
                    readImage(ref image);
                    return image is null ? "" : Bitmap.Encode(image);
                };
            default:
                throw new ArgumentOutOfRangeException(nameof(column),
                    $"The column '{column.Name}' holds {column.Type}; images are expected: {MLNet.ImageColumn.Types}.");
        }
    }
}
