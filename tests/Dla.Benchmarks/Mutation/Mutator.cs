namespace Dla.Benchmarks;

/// <summary>Damages files the way that errors, cuts and attackers do. The same seed and number give the same bytes.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> seeds, int seed)
{
    private static readonly byte[] Extremes = [0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 0x7F, 0x80, 0xD0, 0xD8, 0xD9, 0xDA, 0xFE, 0xFF];

    /// <summary>The mutant with a number, from 0.</summary>
    public byte[] Make(long number)
    {
        var random = new Random(HashCode(seed, number));
        var bytes = seeds[random.Next(seeds.Count)].ToList();
        for (var left = 1 << random.Next(4); left > 0; left--) Mutate(bytes, random);
        return [.. bytes];
    }

    private void Mutate(List<byte> bytes, Random random)
    {
        if (bytes.Count == 0) return;
        // Half of the damage is near the beginning, where a byte says most.
        var at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 512) : bytes.Count);
        var length = Math.Min(bytes.Count - at, 1 << random.Next(random.Next(12) + 1));
        switch (random.Next(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = Extremes[random.Next(Extremes.Length)];
                break;
            case 3:
                for (var i = 0; i < Math.Min(length, 1 << random.Next(4)); i++) bytes[at + i] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;   // a number
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                break;
            case 7:
                var part = bytes.GetRange(at, length);
                for (var times = 1 << random.Next(8); times > 0; times--) bytes.InsertRange(at, part);
                break;
            case 8:
                var other = seeds[random.Next(seeds.Count)];
                var from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)).ToArray());
                break;
            default:
                for (var i = 0; i < length; i++) bytes[at + i] = (byte)random.Next(256);
                break;
        }
    }

    /// <summary>A hash that is the same in every process.</summary>
    private static int HashCode(int seed, long number)
    {
        var hash = (ulong)number * 0x9E3779B97F4A7C15 + (uint)seed;
        hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
        return (int)(hash ^ hash >> 32);
    }
}
