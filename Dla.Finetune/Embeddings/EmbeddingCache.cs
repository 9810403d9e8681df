using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>
/// Embeddings on the disk: a safetensors file that says what it was made of. One of other weights, images or preprocessing, or a damaged one, does not
/// fit and is replaced.
/// </summary>
internal static class EmbeddingCache
{
    private const string KeyName = "dla.embeddings", PlainName = "plain", MirroredName = "mirrored", BadName = "bad";

    /// <summary>Reads embeddings back.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">What they must have been made of.</param>
    /// <param name="count">Images.</param>
    /// <param name="length">Values of an embedding.</param>
    /// <param name="mirror">Whether mirror images are among them.</param>
    /// <returns><see langword="null"/> where there is no such file, or another.</returns>
    public static ImageEmbeddings? Read(string path, string key, int count, int length, bool mirror)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var scope = NewDisposeScope();
            using var file = Checkpoint.Open(path);
            if (file.Metadata.GetValueOrDefault(KeyName) != key) return null;
            return Values(file, PlainName, count, length) is { } plain && Values(file, BadName, count) is { } bad
                && (!mirror || Values(file, MirroredName, count, length) is not null)
                ? new ImageEmbeddings(length, plain.data<float>().ToArray(), mirror ? Values(file, MirroredName, count, length)!.data<float>().ToArray() : null,
                    bad.data<byte>().ToArray())
                : null;
        }
        catch (CheckpointException)
        {
            return null;   // cut off or damaged
        }
    }

    /// <summary>Writes embeddings; the file gets its name when it is whole.</summary>
    public static void Write(string path, string key, ImageEmbeddings embeddings)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var scope = NewDisposeScope();
        long count = embeddings.Bad.Length;
        var tensors = new Dictionary<string, Tensor> { [PlainName] = tensor(embeddings.Plain, [count, embeddings.Length]), [BadName] = tensor(embeddings.Bad) };
        if (embeddings.Mirrored is { } mirrored) tensors[MirroredName] = tensor(mirrored, [count, embeddings.Length]);
        Safetensors.Save(path, tensors, new Dictionary<string, string> { [KeyName] = key });
    }

    private static Tensor? Values(Checkpoint file, string name, params long[] shape) =>
        file.TryGet(name, out var tensor) && tensor.Shape.SequenceEqual(shape) ? tensor.Read() : null;
}
