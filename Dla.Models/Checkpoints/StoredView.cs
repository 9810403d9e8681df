using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Which elements of a storage make up a tensor, and in what order.</summary>
/// <param name="Bytes">The storage.</param>
/// <param name="Offset">The first element.</param>
/// <param name="Strides">Elements from one index of each dimension to the next.</param>
/// <param name="BigEndian">Whether the bytes of a value come highest first.</param>
/// <param name="IsNegated">Whether the tensor's values are the stored ones with the other sign.</param>
internal sealed record StoredView(StoredBytes Bytes, long Offset, long[] Strides, bool BigEndian = false, bool IsNegated = false)
{
    /// <summary>Most bytes that are read at once; a span counts in 31 bits.</summary>
    private const int ReadBytes = 1 << 30;

    /// <summary>The strides of a tensor whose last dimension varies fastest.</summary>
    public static long[] RowMajor(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        for (long i = shape.Length - 1, step = 1; i >= 0; step *= Math.Max(shape[(int)i], 1), i--) strides[i] = step;
        return strides;
    }

    /// <summary>Reads into a contiguous CPU tensor of the storage's number format. The caller has checked that the view fits the storage.</summary>
    public void ReadInto(Tensor destination)
    {
        var shape = destination.shape;
        if (destination.numel() == 0) return;
        using var scope = NewDisposeScope();
        if (IsRowMajor(shape)) ReadElements(Offset, destination);
        else
        {
            var stored = empty([Span(shape)], destination.dtype, CPU);
            ReadElements(Offset, stored);
            destination.copy_(stored.as_strided(shape, Strides));
        }
        if (IsNegated) destination.neg_();
    }

    /// <summary>Elements of the storage from the first to the last that a tensor of the shape has.</summary>
    public long Span(long[] shape) => shape.Contains(0) ? 0 : 1 + shape.Select((size, i) => (size - 1) * Strides[i]).Sum();

    private bool IsRowMajor(long[] shape)
    {
        var dense = RowMajor(shape);
        return shape.Select((size, i) => size == 1 || Strides[i] == dense[i]).All(same => same);
    }

    private void ReadElements(long first, Tensor contiguous)
    {
        using var scope = NewDisposeScope();
        var size = (int)contiguous.ElementSize;
        var flat = contiguous.view(-1);
        var count = flat.numel();
        for (long done = 0; done < count;)
        {
            var length = Math.Min(count - done, ReadBytes / size);
            var bytes = flat.narrow(0, done, length).bytes;
            Bytes.Read((first + done) * size, bytes);
            if (BigEndian && size > 1)
                for (var i = 0; i < bytes.Length; i += size) bytes.Slice(i, size).Reverse();
            done += length;
        }
    }
}
