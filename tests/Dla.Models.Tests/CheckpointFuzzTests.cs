using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Dla.Models.Tests;

/// <summary>Whatever is done to a weight file: it loads, or is refused with the one documented exception.</summary>
/// <remarks>A fixed sequence of 150 cases per file; <c>DLA_FUZZ_CASES</c> sets another number and draws new ones.</remarks>
public sealed class CheckpointFuzzTests : IDisposable
{
    private static readonly int? Cases = int.TryParse(Environment.GetEnvironmentVariable("DLA_FUZZ_CASES"), CultureInfo.InvariantCulture, out var cases)
        ? cases : null;

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
        Check.One(Configuration(Cases ?? 150), Prop.ForAll(Mutations().ToArbitrary(), mutations =>
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
            $"{name}: {loaded} loaded, {refused} refused, slowest {slowest.TotalMilliseconds:f0} ms, " +
                $"most memory beside the file's size {Math.Max(largest, 0) / 1e6:f1} MB"));
        Assert.True(refused > 0);
        if (Cases is not null) Assert.True(slowest < TimeSpan.FromSeconds(2), $"a case took {slowest.TotalSeconds:f1} s");
    }

    /// <summary>Every opcode, with arguments that make sense somewhere, and the values that constructors take.</summary>
    private static readonly byte[][] Phrases =
    [
        .. "(0]})2NbRtuseaQ1ld\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94".Select(c => new[] { (byte)c }),
        .. new (string Module, string Name)[]
        {
            ("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter"), ("torch", "FloatStorage"),
            ("torch", "Size"), ("_codecs", "encode"),
            ("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype"), ("builtins", "tuple"), ("builtins", "bytes"),
            ("argparse", "Namespace"),
        }.Select(n => Phrase(w => w.Global(n.Module, n.Name))),
        .. new[] { "storage", "0", "cpu", "latin1", "f4", "<", ">", "state_dict", "UnpackBigParamInfor@@", "slices", "OriginShape",
            "t" }.Select(t => Phrase(w => w.Text(t))),
        .. new[] { 0L, 1, 2, 4, -1, long.MaxValue }.Select(n => Phrase(w => w.Long(n))),
        .. new byte[] { 0, 1, 2 }.SelectMany(i => new[] { [(byte)'q', i], new[] { (byte)'h', i } }),
        Phrase(w => w.Bytes([1, 2, 3, 4])), Phrase(w => w.Tuple()), Phrase(w => w.Tuple(1)), Phrase(w => w.Tuple(2, 2)),
        Phrase(w => w.Array([0, 0, 128, 63], false, "f4", "<", 1)), Phrase(w => w.Tensor("0", "FloatStorage", 1, 0, [1], [1])),
        Phrase(w => w.Op('(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Long(1).Op('t').Op('Q')),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_random_program_of_opcodes_is_read_or_refused(bool zipped)
    {
        var (loaded, refused) = (0, 0);
        var programs = from length in Gen.Choose(1, 40) from phrases in Gen.Choose(0, Phrases.Length - 1).ArrayOf(length) select phrases;
        Check.One(Configuration(20 * (Cases ?? 150)), Prop.ForAll(programs.ToArbitrary(), phrases =>
        {
            byte[] pickle = [0x80, 2, (byte)'}', .. phrases.SelectMany(p => Phrases[p]), (byte)'.'];
            File.WriteAllBytes(_path, zipped ? PickleBombTests.Zip(System.IO.Compression.CompressionLevel.NoCompression, ("a/data.pkl", pickle),
                ("a/data/0", [0, 0, 128, 63])) : pickle);
            if (Loads()) loaded++;
            else refused++;
        }));
        TestContext.Current.TestOutputHelper!.WriteLine($"{(zipped ? "zip" : "plain")}: {loaded} loaded, {refused} refused");
        Assert.True(refused > 0);
    }

    private static byte[] Phrase(Action<PickleWriter> write)
    {
        var writer = new PickleWriter();
        write(writer);
        return writer.ToArray()[2..];   // without the protocol
    }

    private static Config Configuration(int cases)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true);
        return Cases is null ? config.WithReplay(seed: 20_180_618, gamma: 3) : config;
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
        from mutations in (from kind in Gen.Frequency((6, Gen.Constant(FileMutationKind.Overwrite)), (1, Gen.Constant(FileMutationKind.Insert)),
            (1, Gen.Constant(FileMutationKind.Delete)), (1, Gen.Constant(FileMutationKind.Duplicate)), (1, Gen.Constant(FileMutationKind.Truncate)))
         from place in Gen.Choose(0, 999_999)
         from inStructure in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
         from bytes in Gen.Frequency((4, Gen.Choose(1, 8)), (1, Gen.Choose(1, 20_000)))
         from value in Gen.OneOf(Gen.Choose(0, 255).Select(b => (ulong)b), Gen.Choose(0, int.MaxValue).Select(b => (ulong)b * 2_654_435_761),
             Gen.Elements<ulong>(ulong.MaxValue, long.MaxValue, 0UL, 1UL << 32, 0x7FFF_FFFF_7FFF_FFFFUL, 0x2e2e2e2e2e2e2e2eUL))
         select new FileMutation(kind, place / 1e6, inStructure, bytes, value)).ArrayOf(length)
        select mutations;
}
