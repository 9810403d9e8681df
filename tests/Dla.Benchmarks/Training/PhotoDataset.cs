using Dla.Finetune;

namespace Dla.Benchmarks;

/// <summary>So many images, the photos over and over, in two classes.</summary>
internal sealed class PhotoDataset(IReadOnlyList<string> files, int count) : ImageDataset
{
    private readonly byte[][] _photos = [.. files.Select(File.ReadAllBytes)];

    public override string Name => "photos";

    public override IReadOnlyList<string> ClassNames { get; } = ["even", "odd"];

    public override int Count => count;

    public override int Label(int index) => index % 2;

    public override string Describe(int index) => files[index % files.Count];

    public override ReadOnlyMemory<byte> ReadEncoded(int index) => _photos[index % files.Count];
}
