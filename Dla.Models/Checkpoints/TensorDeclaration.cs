namespace Dla.Models;

/// <summary>What a file says about one of its tensors. Nothing is allocated from it before <see cref="Check"/> has believed it.</summary>
internal sealed record TensorDeclaration(string Name, NumberFormat Format, long[] Shape, StoredBytes Bytes)
{
    /// <summary>Most elements that a shape may span; an empty tensor's too, whose other sizes torch multiplies in 64 bits.</summary>
    private const long MaxSpread = 1L << 40;

    /// <summary>First element in the storage.</summary>
    public long Offset { get; init; }

    /// <summary>Elements per step of each dimension; row-major by default.</summary>
    public long[] Strides { get; init; } = Shape.Length <= CheckpointLimits.Rank ? StoredView.RowMajor(Shape) : [];

    /// <summary>Whether the bytes of a value come highest first.</summary>
    public bool BigEndian { get; init; }

    /// <summary>Whether the values are the stored ones with the other sign.</summary>
    public bool IsNegated { get; init; }

    /// <summary>The tensor, after every size has been found to agree with the file.</summary>
    /// <exception cref="CheckpointException">A size is negative, overflows, or points outside of the storage or beyond the file.</exception>
    public CheckpointTensor Check(CheckpointFile file)
    {
        CheckpointException Error(string problem) => file.Error($"is damaged: tensor '{Name}' {problem}.");
        if (Name.Length > CheckpointLimits.NameLength) throw file.Error($"has a tensor name of {Name.Length:N0} characters; " +
            $"at most {CheckpointLimits.NameLength:N0} are read.");
        if (Shape.Length > CheckpointLimits.Rank) throw Error($"has {Shape.Length} dimensions; at most {CheckpointLimits.Rank} are read");
        if (Strides.Length != Shape.Length) throw Error($"has {Shape.Length} dimensions and {Strides.Length} strides");
        string Text() => $"[{string.Join(", ", Shape)}]";
        if (Array.Exists(Shape, s => s < 0) || Array.Exists(Strides, s => s < 0) || Offset < 0)
            throw Error($"has a negative size, stride or offset (shape {Text()})");
        Int128 count = 1, last = Offset, spread = 1;
        for (var i = 0; i < Shape.Length; i++)
        {
            count = Int128.Min(count, long.MaxValue) * Shape[i];
            spread = Int128.Min(spread, long.MaxValue) * Math.Max(Shape[i], 1);
            last += (Int128)(Shape[i] - 1) * Strides[i];
        }
        if (spread > MaxSpread) throw Error($"of shape {Text()} is larger than any file");
        if (count == 0) return new CheckpointTensor(Name, Format.Type, Shape, new StoredView(Bytes, 0, StoredView.RowMajor(Shape)));
        // Repeated elements (stride 0) could make a large tensor of a small file.
        if (count * Format.Size > file.Length) throw Error($"of shape {Text()} would be larger than the file ({file.Length:N0} bytes)");
        if ((last + 1) * Format.Size > Bytes.Length) throw Error($"of shape {Text()} needs " +
            $"{(last + 1) * Format.Size:N0} bytes of its storage, which has {Bytes.Length:N0}");
        return new CheckpointTensor(Name, Format.Type, Shape, new StoredView(Bytes, Offset, Strides, BigEndian, IsNegated));
    }
}
