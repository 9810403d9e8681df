using System.Security.Cryptography;
using System.Text;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>A hash of all that embeddings depend on: the network's weights but the head's, the preprocessing, and the images.</summary>
internal static class EmbeddingKey
{
    private const string Version = "dla embeddings 1";

    /// <returns>64 hex digits.</returns>
    public static string Of(DlaNetwork network, ImagePreprocessing preprocessing, ImageDataset data, bool mirror)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, $"{Version}, {network.Variant.Name}, {(mirror ? "with" : "without")} " +
            $"mirror images\n{new DlaModelCard { Preprocessing = preprocessing }.ToJson()}\n");
        foreach (var (name, value) in network.state_dict().Where(t => !t.Key.StartsWith("fc.", StringComparison.Ordinal))
            .OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            Append(hash, name);
            using var values = value.detach().cpu().contiguous();
            hash.AppendData(values.bytes);
        }
        for (var i = 0; i < data.Count; i++) data.AppendTo(hash, i);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
}
