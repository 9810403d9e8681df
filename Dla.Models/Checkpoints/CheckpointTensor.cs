using TorchSharp;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>A named tensor in an open <see cref="Checkpoint"/>; its values stay in the file until they are read.</summary>
public sealed class CheckpointTensor
{
    private readonly long[] _shape;
    private readonly StoredView _view;

    internal CheckpointTensor(string name, ScalarType type, long[] shape, StoredView view) => (Name, Type, _shape, _view) = (name, type, shape, view);

    /// <summary>The name in the file, without the part of the file it is in.</summary>
    public string Name { get; }

    /// <summary>The number format that the file holds.</summary>
    public ScalarType Type { get; }

    /// <summary>The size of each dimension; empty for a single number.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Number of elements.</summary>
    public long Count => _shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Number of elements that are read for it: more than it has, where they lie apart.</summary>
    internal long Span => _view.Span(_shape);

    internal long Position => _view.Bytes.Position;

    /// <summary>Reads the values into a new tensor on the CPU, of the file's own number format. The caller disposes it.</summary>
    /// <exception cref="CheckpointException">The file became shorter, or its values are malformed.</exception>
    public Tensor Read()
    {
        using var scope = NewDisposeScope();
        var tensor = empty(_shape, Type, CPU);
        _view.ReadInto(tensor);
        return tensor.MoveToOuterDisposeScope();
    }

    /// <summary>Reads the values into a tensor of the same shape, converting to its number format and device.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another shape.</exception>
    /// <exception cref="CheckpointException">The file became shorter, or its values are malformed.</exception>
    public void CopyTo(Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!destination.shape.AsSpan().SequenceEqual(_shape))
            throw new ArgumentException($"'{Name}' has shape {ShapeText}, the destination [{string.Join(", ", destination.shape)}].", nameof(destination));
        using var untracked = no_grad();
        if (destination.dtype == Type && destination.device_type == DeviceType.CPU && destination.is_contiguous())
        {
            _view.ReadInto(destination);
            return;
        }
        using var values = Read();
        destination.copy_(values);
    }

    internal string ShapeText => $"[{string.Join(", ", _shape)}]";

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type} {ShapeText}";
}
