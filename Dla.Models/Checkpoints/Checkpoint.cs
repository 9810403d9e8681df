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

    /// <summary>Which part of a trainer's checkpoint was read, such as <c>state_dict</c>; <see langword="null"/> where the file is nothing but weights.</summary>
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

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
