using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>A SHA-256 over all that a run's file holds: texts, and names, shapes and values of tensors. Stored among the file's texts.</summary>
internal static class TrainingChecksum
{
    /// <summary>The key among a file's texts.</summary>
    public const string MetadataKey = "dla.sha256";

    /// <summary>Saves tensors and texts with their checksum.</summary>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IEnumerable<KeyValuePair<string, string>> texts)
    {
        var all = tensors.ToList();
        var metadata = new Dictionary<string, string>(texts);
        metadata[MetadataKey] = Of(all, metadata);
        Safetensors.Save(path, all, metadata);
    }

    /// <summary>Whether a file has a checksum; those of version 0.1.0 do not.</summary>
    public static bool IsIn(Checkpoint file) => file.Metadata.ContainsKey(MetadataKey);

    /// <summary>Whether a file that has a checksum is as it was written.</summary>
    public static bool Matches(Checkpoint file) => !file.Metadata.TryGetValue(MetadataKey, out var expected)
        || expected == Of(file.Tensors.Select(t => (t.Name, t.Shape.AsEnumerable(), (Func<Tensor>)t.Read)), file.Metadata);

    /// <returns>64 hex digits.</returns>
    public static string Of(IEnumerable<KeyValuePair<string, Tensor>> tensors, IEnumerable<KeyValuePair<string, string>> texts) =>
        Of(tensors.Select(t => (t.Key, t.Value.shape.AsEnumerable(), (Func<Tensor>)(() => t.Value.detach().cpu().contiguous()))), texts);

    private static string Of(IEnumerable<(string Name, IEnumerable<long> Shape, Func<Tensor> Read)> tensors, IEnumerable<KeyValuePair<string, string>> texts)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, text) in texts.Where(t => t.Key != MetadataKey).OrderBy(t => t.Key, StringComparer.Ordinal)) Append($"{key}\n{text.Length}\n{text}\n");
        foreach (var (name, shape, read) in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            using var values = read();
            Append(string.Create(CultureInfo.InvariantCulture, $"{name}\n{values.dtype} {string.Join(' ', shape)}\n"));
            hash.AppendData(values.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
