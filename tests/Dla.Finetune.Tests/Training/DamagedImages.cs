namespace Dla.Finetune.Tests;

/// <summary>Tiny images of four classes of which some are no images.</summary>
internal sealed class DamagedImages(int count, Func<int, bool> isBad) : ImageDataset
{
    private readonly TinyImages _all = new(count, 4);
    private int _reads;

    /// <summary>How often an image was read.</summary>
    public int Reads => _reads;

    public override string Name => _all.Name;

    public override IReadOnlyList<string> ClassNames => _all.ClassNames;

    public override int Count => count;

    public override int Label(int index) => _all.Label(index);

    public override string Describe(int index) => _all.Describe(index);

    public override ReadOnlyMemory<byte> ReadEncoded(int index)
    {
        Interlocked.Increment(ref _reads);
        return isBad(index) ? "no image"u8.ToArray() : _all.ReadEncoded(index);
    }
}
