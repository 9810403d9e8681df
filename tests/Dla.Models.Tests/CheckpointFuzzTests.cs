using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Dla.Models.Tests;

/// <summary>Whatever is done to a weight file: it loads, or is refused with the one documented exception.</summary>
/// <remarks>A fixed sequence of 150 cases per file; <c>DLA_FUZZ_CASES</c> sets another number and draws new ones.</remarks>
public sealed class CheckpointFuzzTests : IDisposable
{
    private static readonly int? Cases = int.TryParse(Environment.GetEnvironmentVariable("DLA_FUZZ_CASES"), CultureInfo.InvariantCulture, out var cases) ? cases : null;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"dla-fuzz-{Guid.NewGuid():N}");

    /// <summary>The file, the bytes of it that are not plain values, and whether these are at its end.</summary>
    public static TheoryData<string, int, bool> Seeds => new()
    {
        { "official-legacy.pth", 36_000, false },
        { "official-trainer-legacy.pth.tar", 36_000, false },
        { "timm-zip.pth", 32_000, false },
        { "timm-zip.pth", 24_000, true },
        { "timm.safetensors", 29_000, false },
        { "paddle-protocol2.pdparams", 461_002, false },
        { "paddle-protocol4.pdparams", 303_897, false },
    };

    public void Dispose() => File.Delete(_path);

    [Theory, MemberData(nameof(Seeds))]
    public void A_changed_file_loads_or_is_refused(string name, int structure, bool atEnd)
    {
        var seed = File.ReadAllBytes(Path.Combine(TinyCheckpoints.Folder, name));
        File.WriteAllBytes(_path, seed);
        Assert.True(Loads());
        var (loaded, refused, slowest, largest) = (0, 0, TimeSpan.Zero, 0L);
        var config = Config.QuickThrowOnFailure.WithMaxTest(Cases ?? 150).WithQuietOnSuccess(true);
        if (Cases is null) config = config.WithReplay(seed: 20_180_618, gamma: 3);
        Check.One(config, Prop.ForAll(Mutations().ToArbitrary(), mutations =>
        {
            var file = mutations.Aggregate(seed, (bytes, m) => m.Apply(bytes, structure, atEnd));
            File.WriteAllBytes(_path, file);
            var start = Environment.CpuUsage.TotalTime;   // processor time: other programs' work does not count
            var before = GC.GetAllocatedBytesForCurrentThread();
            if (Loads()) loaded++;
            else refused++;
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var time = Environment.CpuUsage.TotalTime - start;
            if (time > slowest) slowest = time;
            largest = Math.Max(largest, allocated - file.Length);
            return allocated < file.Length + (64 << 20);
        }));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {loaded} loaded, {refused} refused, slowest {slowest.TotalMilliseconds:f0} ms, most memory beside the file's size {Math.Max(largest, 0) / 1e6:f1} MB"));
        Assert.True(refused > 0);
        if (Cases is not null) Assert.True(slowest < TimeSpan.FromSeconds(2), $"a case took {slowest.TotalSeconds:f1} s");
    }

    /// <summary>Opens the file and reads every tensor; any other exception than the documented one fails the property.</summary>
    private bool Loads()
    {
        try
        {
            using var checkpoint = Checkpoint.Open(_path);
            foreach (var tensor in checkpoint.Tensors) tensor.Read().Dispose();
            checkpoint.Compare(TinyCheckpoints.Variant);
            return true;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static Gen<FileMutation[]> Mutations() =>
        from length in Gen.Choose(1, 3)
        from mutations in (from kind in Gen.Frequency((6, Gen.Constant(FileMutationKind.Overwrite)), (1, Gen.Constant(FileMutationKind.Insert)), (1, Gen.Constant(FileMutationKind.Delete)), (1, Gen.Constant(FileMutationKind.Duplicate)), (1, Gen.Constant(FileMutationKind.Truncate)))
         from place in Gen.Choose(0, 999_999)
         from inStructure in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
         from bytes in Gen.Frequency((4, Gen.Choose(1, 8)), (1, Gen.Choose(1, 20_000)))
         from value in Gen.OneOf(Gen.Choose(0, 255).Select(b => (ulong)b), Gen.Choose(0, int.MaxValue).Select(b => (ulong)b * 2_654_435_761), Gen.Elements<ulong>(ulong.MaxValue, long.MaxValue, 0UL, 1UL << 32, 0x7FFF_FFFF_7FFF_FFFFUL, 0x2e2e2e2e2e2e2e2eUL))
         select new FileMutation(kind, place / 1e6, inStructure, bytes, value)).ArrayOf(length)
        select mutations;
}
