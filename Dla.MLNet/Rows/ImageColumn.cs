using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Dla.MLNet;

/// <summary>The column that images come from: text, bytes or images.</summary>
internal abstract class ImageColumn
{
    /// <summary>What types of column hold images, for messages.</summary>
    public const string Types = "text (a path), a vector of bytes (an encoded image) or MLImage";

    /// <summary>Whether a column of this type holds images.</summary>
    public static bool Accepts(DataViewType type) =>
        type is TextDataViewType or ImageDataViewType || type is VectorDataViewType v && v.ItemType == NumberDataViewType.Byte;

    /// <summary>Checks that a shape has a column of images.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="remedy">What to do when there is no such column.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is absent or holds no images.</exception>
    public static void Require(SchemaShape shape, string name, string remedy)
    {
        var column = shape.Where(c => c.Name == name).Cast<SchemaShape.Column?>().FirstOrDefault() ?? throw new ArgumentOutOfRangeException(nameof(shape),
            $"There is no column '{name}'; the data has {string.Join(", ", shape.Select(c => c.Name))}. {remedy}");
        var isVector = column.Kind != SchemaShape.Column.VectorKind.Scalar;
        if (column.IsKey || !(isVector ? column.ItemType == NumberDataViewType.Byte : Accepts(column.ItemType)))
            throw new ArgumentOutOfRangeException(nameof(shape),
                $"The column '{name}' holds {(column.IsKey ? "keys" : isVector ? $"vectors of {column.ItemType}" : column.ItemType)}; " +
                    $"images are expected: {Types}.");
    }

    /// <summary>The images of the rows in flight.</summary>
    public static ImageColumn Of(ColumnBuffer buffer) => buffer switch
    {
        ValueBuffer<ReadOnlyMemory<char>> paths => new Paths(paths),
        VectorBuffer<byte> files => new Files(files),
        OwnedBuffer<MLImage> images => new Images(images),
        _ => throw new InvalidOperationException($"A {buffer.GetType().Name} holds no images."),
    };

    /// <summary>Whether threads that outlive the cursor could touch something of the caller's.</summary>
    public virtual bool IsBorrowed => false;

    /// <summary>Loads a row's image into a worker.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="index">The image's place in the worker's batch.</param>
    /// <param name="slot">The row.</param>
    /// <param name="stop">Ends the wait for memory or for a pipe.</param>
    public abstract void Load(ImageWorker worker, int index, RowSlot slot, CancellationToken stop);

    /// <summary>The path, or <see langword="null"/>, for messages.</summary>
    public virtual string? PathOf(RowSlot slot) => null;

    private sealed class Paths(ValueBuffer<ReadOnlyMemory<char>> paths) : ImageColumn
    {
        public override void Load(ImageWorker worker, int index, RowSlot slot, CancellationToken stop) =>
            worker.Load(index, ImageInput.Of(PathOf(slot), stop), slot.Result.Values);

        public override string PathOf(RowSlot slot) => paths[slot.Index].ToString();
    }

    private sealed class Files(VectorBuffer<byte> files) : ImageColumn
    {
        public override void Load(ImageWorker worker, int index, RowSlot slot, CancellationToken stop)
        {
            ref readonly var file = ref files[slot.Index];
            var encoded = file.IsDense ? file.GetValues() : file.DenseValues().ToArray();
            worker.Load(index, ImageInput.Of(encoded, stop), slot.Result.Values);
        }
    }

    private sealed class Images(OwnedBuffer<MLImage> images) : ImageColumn
    {
        public override bool IsBorrowed => true;

        public override void Load(ImageWorker worker, int index, RowSlot slot, CancellationToken stop) => worker.Load(index,
            ImageInput.Of(images[slot.Index] ?? throw new ImageDecodeException("The image is missing. " +
                "Fill the column, or filter the row out.")), slot.Result.Values);
    }
}
