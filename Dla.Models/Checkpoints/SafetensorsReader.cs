using System.Buffers.Binary;
using System.Text.Json;

namespace Dla.Models;

/// <summary>Reads a safetensors header: 8 bytes of length, JSON, then the values without holes or overlaps.</summary>
internal static class SafetensorsReader
{
    private const string Metadata = "__metadata__";

    /// <summary>Whether the first nine bytes are a length and the brace that begins every header.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> head) => head.Length >= 9 && head[8] == (byte)'{';

    public static CheckpointContent Read(CheckpointFile file)
    {
        Span<byte> prefix = stackalloc byte[8];
        file.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)(file.Length - 8)) throw file.Error("is damaged: its safetensors header " +
            $"says it is {length:N0} bytes long, the file has {file.Length:N0}. Was it cut short?");
        if (length > CheckpointLimits.HeaderBytes) throw file.Error($"has a safetensors header of {length:N0} bytes; " +
            $"at most {CheckpointLimits.HeaderBytes:N0} are read.");
        var header = new byte[length];
        file.Read(8, header);
        try
        {
            return Parse(file, header);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw file.Error("is damaged: its safetensors header is not the JSON that the format asks for.", e);
        }
    }

    private static CheckpointContent Parse(CheckpointFile file, byte[] header)
    {
        var start = 8L + header.Length;
        var content = new CheckpointContent(CheckpointFormat.Safetensors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var spans = new List<(long Begin, long End)>();
        var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 8 });
        Expect(ref json, JsonTokenType.StartObject);
        while (Next(ref json) != JsonTokenType.EndObject)
        {
            if (json.ValueSpan.Length > CheckpointLimits.NameLength) throw file.Error("has a tensor name of " +
                $"{json.ValueSpan.Length:N0} bytes; at most {CheckpointLimits.NameLength:N0} are read.");
            var name = json.GetString()!;
            if (!names.Add(name)) throw file.Error($"is damaged: its safetensors header has '{name}' twice.");
            if (names.Count > CheckpointLimits.Tensors) throw file.Error($"has more than {CheckpointLimits.Tensors:N0} tensors.");
            if (name == Metadata)
            {
                ReadMetadata(ref json, content);
                continue;
            }
            var (format, shape, begin, end) = ReadEntry(ref json, file, name);
            if (begin < 0 || end < begin || end > file.Length - start)
                throw file.Error($"is damaged: tensor '{name}' lies at bytes {begin:N0} to {end:N0} of {file.Length - start:N0}.");
            var tensor = new TensorDeclaration(name, format, shape, new RawBytes(file, start + begin, end - begin)).Check(file);
            if (tensor.Count * format.Size != end - begin)
                throw file.Error($"is damaged: tensor '{name}' of shape {tensor.ShapeText} " +
                    $"needs {tensor.Count * format.Size:N0} bytes and has {end - begin:N0}.");
            spans.Add((begin, end));
            content.Tensors.Add(tensor);
        }
        if (json.Read()) throw file.Error("is damaged: text follows the JSON of its safetensors header.");

        long position = 0;
        foreach (var (begin, end) in spans.Order())
        {
            if (begin != position) throw file.Error("is damaged: its tensors " +
                $"{(begin > position ? "leave a hole" : "overlap")} at byte {Math.Min(begin, position):N0}.");
            position = end;
        }
        if (position != file.Length - start) throw file.Error($"is damaged: {file.Length - start - position:N0} bytes follow its last tensor.");
        return content;
    }

    private static (NumberFormat Format, long[] Shape, long Begin, long End) ReadEntry(ref Utf8JsonReader json, CheckpointFile file, string name)
    {
        NumberFormat? format = null;
        long[]? shape = null, offsets = null;
        Expect(ref json, JsonTokenType.StartObject);
        while (Next(ref json) != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals("dtype"))
            {
                Expect(ref json, JsonTokenType.String);
                var text = json.ValueSpan.Length <= 16 ? json.GetString()! : "(long text)";
                format = NumberFormat.OfSafetensors(text)
                    ?? throw file.Error($"has tensor '{name}' in number format {text}; read are {NumberFormat.SafetensorsNames}.");
            }
            else if (json.ValueTextEquals("shape")) shape = ReadNumbers(ref json);
            else if (json.ValueTextEquals("data_offsets")) offsets = ReadNumbers(ref json);
            else
            {
                Next(ref json);   // other properties mean nothing to the format's readers
                json.Skip();
            }
        }
        if (format is null || shape is null || offsets is not [var begin, var end])
            throw new JsonException($"Tensor '{name}' lacks dtype, shape or data_offsets.");
        return (format, shape, begin, end);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader json)
    {
        var numbers = new List<long>();
        Expect(ref json, JsonTokenType.StartArray);
        while (Next(ref json) != JsonTokenType.EndArray)
        {
            if (numbers.Count == CheckpointLimits.Rank) throw new JsonException($"A list has more than {CheckpointLimits.Rank} numbers.");
            numbers.Add(json.GetInt64());
        }
        return [.. numbers];
    }

    private static void ReadMetadata(ref Utf8JsonReader json, CheckpointContent content)
    {
        Expect(ref json, JsonTokenType.StartObject);
        while (Next(ref json) != JsonTokenType.EndObject)
        {
            var key = json.GetString()!;
            Expect(ref json, JsonTokenType.String);
            content.Metadata[key] = json.GetString()!;
            if (content.Metadata.Count > CheckpointLimits.Tensors) throw new JsonException("There are too many metadata entries.");
        }
    }

    private static JsonTokenType Next(ref Utf8JsonReader json) => json.Read() ? json.TokenType : throw new JsonException("It ends early.");

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (Next(ref json) != type) throw new JsonException($"A {json.TokenType} stands where a {type} was expected.");
    }
}
