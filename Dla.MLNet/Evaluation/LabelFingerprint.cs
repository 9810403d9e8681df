using System.Globalization;

namespace Dla.MLNet;

/// <summary>A short text that differs when the labels of a data set, or their order, differ: FNV-1a over the labels.</summary>
internal sealed class LabelFingerprint
{
    private ulong _hash = 0xcbf29ce484222325;

    /// <summary>Adds the next image's label.</summary>
    public void Add(uint label)
    {
        for (var i = 0; i < 4; i++) _hash = (_hash ^ (label >> (8 * i) & 255)) * 0x100000001b3;
    }

    public override string ToString() => _hash.ToString("x16", CultureInfo.InvariantCulture);
}
