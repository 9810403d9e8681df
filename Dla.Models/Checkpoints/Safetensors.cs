using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Writes the safetensors format, which Python's <c>safetensors</c> reads: what this project saves weights and checkpoints as.</summary>
/// <remarks>Read with <see cref="Checkpoint.Open(string)"/>.</remarks>
public static class Safetensors
{
    /// <summary>Saves the tensors of a network under their <c>state_dict</c> names.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="network">Its parameters and buffers are saved in their own number formats.</param>
    /// <param name="metadata">Texts to save beside the tensors; the variant's name is added as <c>dla.variant</c>.</param>
    public static void Save(string path, DlaNetwork network, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        Save(path, network.state_dict(), new Dictionary<string, string>(metadata
            ?? new Dictionary<string, string>()) { ["dla.variant"] = network.Variant.Name });
    }

    /// <summary>Saves named tensors. The file gets its name only when all of it is on the disk; an older one of that name stays until then.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="tensors">Tensors of any device and layout; float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 or bool.</param>
    /// <param name="metadata">Texts to save beside the tensors.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, a name is <c>__metadata__</c>, or a number format is not one of these.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        var entries = Layout(tensors);
        var full = Path.GetFullPath(path);
        var temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                WriteHeader(file, entries, metadata);
                foreach (var entry in entries) WriteValues(file, entry.Tensor);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Wide formats first, then by name, as Python writes them: values stay aligned and equal tensors give equal files.</summary>
    private static List<Entry> Layout(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var entries = new List<Entry>();
        foreach (var (name, tensor) in tensors)
        {
            var format = NumberFormat.Of(tensor.dtype)
                ?? throw new ArgumentException($"Tensor '{name}' is {tensor.dtype}; " +
                    $"a safetensors file here holds {NumberFormat.SafetensorsNames}. Convert it first.", nameof(tensors));
            if (name == "__metadata__" || !names.Add(name))
                throw new ArgumentException($"'{name}' cannot name a tensor: " +
                    $"it is {(name == "__metadata__" ? "reserved by the format" : "given twice")}.", nameof(tensors));
            entries.Add(new Entry(name, tensor, format));
        }
        return [.. entries.OrderByDescending(e => e.Format.Size).ThenBy(e => e.Name, StringComparer.Ordinal)];
    }

    private static void WriteHeader(FileStream file, List<Entry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var (name, tensor, format) in entries)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", format.Safetensors);
                WriteNumbers(json, "shape", tensor.shape);
                WriteNumbers(json, "data_offsets", [offset, offset += tensor.numel() * format.Size]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');   // the values start aligned
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        header.WriteTo(file);
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteValues(FileStream file, Tensor tensor)
    {
        const int chunk = 1 << 27;   // values; a span counts bytes in 31 bits
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        for (long done = 0; done < flat.numel(); done += chunk)
            file.Write(flat.narrow(0, done, Math.Min(chunk, flat.numel() - done)).bytes);
    }

    private sealed record Entry(string Name, Tensor Tensor, NumberFormat Format);
}
