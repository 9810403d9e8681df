using BenchmarkDotNet.Attributes;
using Dla.Models;

namespace Dla.Benchmarks;

/// <summary>How long does loading weights take, compared with reading the same file into one buffer?</summary>
[MemoryDiagnoser]
public class CheckpointBenchmark : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private string _path = "";
    private DlaNetwork? _network;

    [Params("dla34", "dla169")] public string Variant { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _path = Path.Combine(Path.GetTempPath(), $"dla-benchmark-{Guid.NewGuid():N}.safetensors");
        _network = new DlaNetwork(DlaVariant.Parse(Variant));
        Safetensors.Save(_path, _network);
    }

    [GlobalCleanup]
    public void Cleanup() => File.Delete(_path);

    public void Dispose()
    {
        _network?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public long PlainRead()
    {
        using var file = File.OpenHandle(_path);
        long position = 0;
        for (int read; (read = RandomAccess.Read(file, _buffer, position)) > 0;) position += read;
        return position;
    }

    [Benchmark]
    public int OpenAndLoad()
    {
        using var file = Checkpoint.Open(_path);
        return file.LoadInto(_network!).Loaded;
    }

    [Benchmark]
    public void NameToNetwork() => DlaPretrained.LoadAsync(_path).GetAwaiter().GetResult().Network.Dispose();
}
