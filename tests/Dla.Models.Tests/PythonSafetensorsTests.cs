using System.Diagnostics;
using System.Text.Json;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

/// <summary>Python reads what is written here, by nothing but the format's definition: a length, JSON, values.</summary>
public sealed class PythonSafetensorsTests : IDisposable
{
    /// <summary>Prints every tensor as JSON: name, dtype, shape, values.</summary>
    private const string Reader = """
        import json, struct, sys
        data = open(sys.argv[1], 'rb').read()
        n, = struct.unpack('<Q', data[:8])
        header = json.loads(data[8:8 + n])
        metadata = header.pop('__metadata__', {})
        assert all(isinstance(v, str) for v in metadata.values())
        codes = {'F64': 'd', 'F32': 'f', 'F16': 'e', 'I64': 'q', 'I32': 'i', 'I16': 'h', 'I8': 'b', 'U8': 'B', 'BOOL': '?'}
        spans, tensors = [], {}
        for name, t in header.items():
            begin, end = t['data_offsets']
            spans.append((begin, end))
            raw = data[8 + n + begin:8 + n + end]
            count = 1
            for s in t['shape']: count *= s
            if t['dtype'] == 'BF16': values = [struct.unpack('<f', b'\0\0' + raw[i:i + 2])[0] for i in range(0, len(raw), 2)]
            else: values = list(struct.unpack(f"<{count}{codes[t['dtype']]}", raw))
            tensors[name] = [t['dtype'], t['shape'], values]
        position = 0
        for begin, end in sorted(spans):
            assert begin == position
            position = end
        assert position == len(data) - 8 - n
        print(json.dumps({'metadata': metadata, 'tensors': tensors}))
        """;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"dla-python-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Python_reads_the_same_tensors()
    {
        using var scope = NewDisposeScope();
        ScalarType[] types = [ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32,
            ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool];
        var saved = types.ToDictionary(t => $"layer.{t}", t =>
            (arange(12, ScalarType.Float32).reshape(3, 4) - (t is ScalarType.Byte or ScalarType.Bool ? 0 : 5)).to(t).t());
        saved["größe"] = tensor(1.25f);
        saved["empty"] = zeros(2, 0);
        Safetensors.Save(_path, saved, new Dictionary<string, string> { ["note"] = "line\n\"quoted\" ü" });

        using var json = JsonDocument.Parse(RunPython(_path));
        Assert.Equal("line\n\"quoted\" ü", json.RootElement.GetProperty("metadata").GetProperty("note").GetString());
        var read = json.RootElement.GetProperty("tensors");
        Assert.Equal(saved.Keys.Order(StringComparer.Ordinal), read.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var (name, expected) in saved)
        {
            var entry = read.GetProperty(name);
            Assert.Equal(expected.shape, entry[1].Deserialize<long[]>());
            var values = entry[2].EnumerateArray().Select(v => v.ValueKind switch { JsonValueKind.True => 1, JsonValueKind.False => 0, _ => v.GetDouble() });
            Assert.Equal(expected.numel() == 0 ? [] : expected.to(ScalarType.Float64).contiguous().data<double>().ToArray(), values);
        }
    }

    [Fact]
    public void Python_reads_a_converted_file_with_the_values_of_the_original()
    {
        using (var file = Checkpoint.Open(Path.Combine(TinyCheckpoints.Folder, "official-trainer-legacy.pth.tar"))) file.SaveAsSafetensors(_path);
        using var reference = Checkpoint.Open(Path.Combine(TinyCheckpoints.Folder, "timm.safetensors"));
        using var json = JsonDocument.Parse(RunPython(_path));
        var read = json.RootElement.GetProperty("tensors");
        Assert.Equal(reference.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal),
            read.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var tensor in reference.Tensors.Where(t => t.Type == ScalarType.Float32))
        {
            using var values = tensor.Read();
            Assert.Equal(values.data<float>().ToArray(), read.GetProperty(tensor.Name)[2].Deserialize<float[]>());
        }
    }

    private static string RunPython(string path)
    {
        var python = Array.Find(["/usr/bin/python3", "/usr/local/bin/python3"], File.Exists);
        if (python is null) Assert.Skip("needs python3, which is not installed");
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", Reader, path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }
}
