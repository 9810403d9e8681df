using System.Diagnostics.CodeAnalysis;

namespace Dla.Models;

/// <summary>A weight file, opened: the names, shapes and number formats of its tensors. Values are read when they are asked for.</summary>
/// <remarks>
/// <para>The format is told by the content. Pickles are read as data only: no type is ever made, and nothing is ever called, by a name
/// in the file. Opening allocates less than the file's size plus 64 MB, whatever the file says.</para>
/// <para>Safe for concurrent reads. Dispose it after the last one.</para>
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly CheckpointFile _file;
    private readonly Dictionary<string, CheckpointTensor> _byName;

    private Checkpoint(CheckpointFile file, CheckpointContent content)
    {
        _file = file;
        Format = content.Format;
        Part = content.Part;
        Metadata = content.Metadata;
        Tensors = content.Tensors;
        // Tensors may share storage, but a small file should not read as thousands of large tensors, nor be read thousands of times.
        var total = Tensors.Aggregate((Int128)0, (sum, t) => sum + (Int128)Math.Max(t.Count, t.Span) * NumberFormat.Of(t.Type)!.Size);
        if (total > 2 * (Int128)file.Length + CheckpointLimits.SharedBytes) throw file.Error("is refused: its tensors " +
            $"would take {total:N0} bytes, the file has {file.Length:N0}.");
        _byName = new Dictionary<string, CheckpointTensor>(Tensors.Count, StringComparer.Ordinal);
        foreach (var tensor in Tensors)
            if (!_byName.TryAdd(tensor.Name, tensor)) throw file.Error($"is damaged: it has two tensors named '{tensor.Name}'.");
    }

    /// <summary>The file's path, as it was given.</summary>
    public string Path => _file.Path;

    /// <summary>The file's size in bytes.</summary>
    public long Length => _file.Length;

    /// <summary>How the file is laid out.</summary>
    public CheckpointFormat Format { get; }

    /// <summary>
    /// Which part of a trainer's checkpoint was read, such as <c>state_dict</c>; <see langword="null"/> where the file is nothing but weights.
    /// </summary>
    public string? Part { get; }

    /// <summary>The texts saved beside the tensors (safetensors only).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the file's order.</summary>
    public IReadOnlyList<CheckpointTensor> Tensors { get; }

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public CheckpointTensor this[string name] =>
        _byName.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"'{Path}' has no tensor '{name}'.");

    /// <summary>Finds a tensor by name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out CheckpointTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Opens a weight file of any of the <see cref="CheckpointFormat"/>s.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointException">The file is damaged, unsafe, or not a weight file.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = CheckpointFile.Open(path);
        try
        {
            return new Checkpoint(file, CheckpointReaders.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies the tensors into a network, converting them to its number format and device.</summary>
    /// <remarks>
    /// <para>Takes the names of official, timm and Paddle files, and trainers' checkpoints. A head of another class count is left as the network
    /// has it, and three image channels are adapted to another number as timm does; the report says so.</para>
    /// <para>Everything is compared before the first tensor is copied: after a <see cref="CheckpointMismatchException"/> the network is unchanged.</para>
    /// </remarks>
    /// <exception cref="CheckpointMismatchException">A tensor is missing, unexpected, or of another shape.</exception>
    /// <exception cref="CheckpointException">The file became shorter while it was read; the network then has some of its values.</exception>
    public CheckpointLoadReport LoadInto(DlaNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return CheckpointLoader.Load(this, network);
    }

    /// <summary>Compares the tensors with a variant; the head's class count and the stem's image channels are free.</summary>
    /// <exception cref="CheckpointMismatchException">Two tensors of the file come to one name.</exception>
    public CheckpointFit Compare(DlaVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return CheckpointLoader.Compare(LiveTensors.Of(this), variant);
    }

    /// <summary>The published variant that the tensors are of or, if they are of none, the nearest; see <see cref="CheckpointFit.IsComplete"/>.</summary>
    /// <exception cref="CheckpointMismatchException">Two tensors of the file come to one name.</exception>
    public CheckpointFit FindVariant()
    {
        var live = LiveTensors.Of(this);
        return DlaVariant.All.Select(v => CheckpointLoader.Compare(live, v)).MinBy(f => f.Problems)!;
    }

    /// <summary>Saves the weights as safetensors under the names that a network of this library, and timm's, has.</summary>
    /// <remarks>Values and number formats stay as they are; batch counters that the file lacks are added as 0.</remarks>
    /// <returns>How the tensors fit the nearest published variant.</returns>
    /// <exception cref="CheckpointException">Two tensors come to one name, or there are no tensors.</exception>
    /// <exception cref="IOException">The new file cannot be written; nothing is left behind.</exception>
    public CheckpointFit SaveAsSafetensors(string path) => CheckpointConverter.Save(this, path);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
