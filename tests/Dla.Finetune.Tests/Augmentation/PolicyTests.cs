using System.Security.Cryptography;
using System.Text.Json;
using Dla.Tests;

namespace Dla.Finetune.Tests;

/// <summary>Held against what Pillow made of a formula image: tests/golden/augmentation/make.py.</summary>
public class PolicyTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "augmentation",
        "pillow-operations.json"))).RootElement;

    private static byte[] Image(int width, int height)
    {
        var noise = WeightRecipe.Uniform($"augment-{width}x{height}", width * height * 3).ToArray();
        var pixels = new byte[noise.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (c, x, y) = (i % 3, i / 3 % width, i / 3 / width);
            pixels[i] = (byte)Math.Min(255, (int)(20 + 90 * noise[i] + 100 * (c == 0 ? x : y) / Math.Max(width, height)));
        }
        return pixels;
    }

    private static string Hash(ReadOnlySpan<byte> pixels) => Convert.ToHexStringLower(SHA256.HashData(pixels))[..16];

    [Fact]
    public void Every_operation_of_every_strength_gives_Pillows_bytes()
    {
        var images = new Dictionary<(int, int), byte[]>();
        var wrong = new List<string>();
        var count = 0;
        foreach (var golden in Golden.GetProperty("cases").EnumerateArray())
        {
            var (operation, magnitude) = (Enum.Parse<ImageOperation>(golden[0].GetString()!), golden[1].GetDouble());
            var (width, height) = (golden[2].GetInt32(), golden[3].GetInt32());
            if (!images.TryGetValue((width, height), out var image)) images[(width, height)] = image = Image(width, height);
            var pixels = (byte[])image.Clone();
            ImageOperations.Apply(operation, (float)magnitude, pixels, width, height);
            if (Hash(pixels) != golden[4].GetString()) wrong.Add($"{operation} {magnitude} of {width}×{height}");
            count++;
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count}: {string.Join(", ", wrong.Take(20))}");
        Assert.True(count > 1500, $"{count} cases");
        Assert.Equal(Enum.GetValues<ImageOperation>().Length, Golden.GetProperty("cases").EnumerateArray().Select(c => c[0].GetString()).Distinct().Count());
    }

    [Fact]
    public void The_tables_are_torchvisions()
    {
        foreach (var (name, table) in ((string, IReadOnlyList<PolicyEntry>)[])[("trivialAugmentWide", PolicyTable.TrivialAugmentWide),
            ("randAugment32", PolicyTable.RandAugment(32))])
        {
            Assert.Equal(14, table.Count);
            foreach (var entry in table)
            {
                var expected = Golden.GetProperty(name).GetProperty(entry.Operation.ToString()).EnumerateArray().Select(v => (float)v.GetDouble()).ToArray();
                Assert.Equal(entry.Magnitudes.Length == 0 ? [0f] : entry.Magnitudes, expected);
                Assert.Equal(entry.IsSigned, entry.Operation is >= ImageOperation.ShearX and <= ImageOperation.Sharpness);
            }
        }
    }

    [Fact]
    public void Policies_change_most_images_each_in_its_own_way_and_always_the_same()
    {
        foreach (var policy in (AugmentationPolicy[])[AugmentationPolicy.TrivialAugment, AugmentationPolicy.RandAugment])
        {
            var runner = new PolicyRunner(new AugmentationOptions { Policy = policy }, 32);
            string Run(int index)
            {
                var pixels = Image(32, 32);
                var random = new SampleRandom(1, 0, index);
                runner.Run(pixels, ref random);
                return Hash(pixels);
            }
            var hashes = Enumerable.Range(0, 200).Select(Run).ToList();
            Assert.Equal(hashes, Enumerable.Range(0, 200).Select(Run));
            Assert.InRange(hashes.Distinct().Count(), 60, 200);
            Assert.InRange(hashes.Count(h => h == Hash(Image(32, 32))), 1, 60);   // identity, and operations that have nothing to do
        }
    }

    [Fact]
    public void RandAugment_without_strength_only_equalizes_contrasts_and_inverts_nothing()
    {
        var runner = new PolicyRunner(new AugmentationOptions { Policy = AugmentationPolicy.RandAugment, Magnitude = 0, Operations = 1 }, 32);
        var seen = new HashSet<string>();
        for (var index = 0; index < 300; index++)
        {
            var pixels = Image(32, 32);
            var random = new SampleRandom(1, 0, index);
            runner.Run(pixels, ref random);
            seen.Add(Hash(pixels));
        }
        Assert.Equal(3, seen.Count);   // as it was, contrast stretched, equalized: all else does nothing at strength 0
    }
}
