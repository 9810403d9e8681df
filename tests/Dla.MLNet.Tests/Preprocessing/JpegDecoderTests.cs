using System.Diagnostics;
using Dla.Tests;
using FsCheck;
using FsCheck.Fluent;
using SkiaSharp;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class JpegDecoderTests
{
    private static readonly VectorWidth[] Widths = Enum.GetValues<VectorWidth>();

    /// <summary>Numbers of 16 bits: mostly small, some of them extreme.</summary>
    private static readonly Gen<short> Number = Gen.Frequency(
        (4, Gen.Constant((short)0)),
        (4, Gen.Choose(-64, 64).Select(n => (short)n)),
        (1, Gen.Choose(short.MinValue, short.MaxValue).Select(n => (short)n)),
        (1, Gen.Elements(short.MinValue, short.MaxValue, (short)-1, (short)1)));

    private static readonly Gen<byte> Sample = Gen.OneOf(Gen.Choose(0, 255).Select(n => (byte)n), Gen.Elements((byte)0, (byte)255));

    public static TheoryData<string> Photos => [.. ReferenceCases.Photos.Select(c => c.File)];

    [Fact]
    public void Every_vector_width_transforms_to_the_bytes_of_plain_integers()
    {
        var blocks =
            from coefficients in Number.ArrayOf(64)
            from zeros in Gen.Elements(0, 0, 56, 63)   // the last rows, or all but the first coefficient: those have a way of their own
            from factors in Gen.OneOf(Number, Gen.Choose(1, 255).Select(n => (short)n)).ArrayOf(64)
            select (Coefficients: coefficients[..(64 - zeros)].Concat(new short[zeros]).ToArray(), Factors: factors);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(blocks.ToArbitrary(), block =>
        {
            var results = Widths.Select(width =>
            {
                var samples = new byte[8 * 11];
                InverseDct.Run(block.Coefficients, block.Factors, samples, 11, width);
                return samples;
            }).ToList();
            if (!block.Coefficients.AsSpan(1).ContainsAnyExcept((short)0))
            {
                var flat = new byte[8 * 11];
                InverseDct.RunFlat(block.Coefficients[0], block.Factors[0], flat, 11);
                results.Add(flat);
            }
            return results.All(samples => samples.AsSpan().SequenceEqual(results[0]));
        }));
    }

    [Fact]
    public void Every_vector_width_converts_colours_to_the_bytes_of_plain_integers()
    {
        var rows = from length in Gen.Choose(1, 70) from samples in Sample.ArrayOf(3 * length) select samples;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(rows.ToArbitrary(), samples =>
        {
            var n = samples.Length / 3;
            var results = Widths.Select(width =>
            {
                var pixels = new uint[n];
                JpegPixels.FromYcc(samples.AsSpan(0, n), samples.AsSpan(n, n), samples.AsSpan(2 * n, n), pixels, width);
                return pixels;
            }).ToList();
            return results.All(pixels => pixels.AsSpan().SequenceEqual(results[0]));
        }));
    }

    [Theory, MemberData(nameof(Photos))]
    public void A_photo_becomes_the_bytes_of_Skia_with_every_vector_width(string photo)
    {
        var file = File.ReadAllBytes(SharedData.Path("data/photos/" + Path.GetFileName(photo)));
        using var expected = SKBitmap.Decode(file, SKBitmap.DecodeBounds(file).WithColorType(SKColorType.Rgba8888));
        foreach (var width in Widths)
        {
            using var sink = new DecodedImageSink();
            new JpegDecoder(width).Run(file, upright: false, ImagePreprocessor.DefaultMaxPixels, sink);
            using var actual = sink.Detach();
            Assert.True(expected.GetPixelSpan().SequenceEqual(actual.Pixels), width.ToString());
        }
    }

    [Theory]
    [InlineData("hopper.jpg")]
    [InlineData("hopper_gray.jpg")]
    [InlineData("pil_sample_cmyk.jpg")]
    public void A_file_cut_off_at_any_byte_of_its_scan_is_truncated(string name)
    {
        var file = File.ReadAllBytes(SharedData.Path("data/odd-formats/" + name));
        var scan = file.AsSpan().LastIndexOf((byte[])[0xFF, 0xDA]);
        for (var length = 0; length < file.Length - 2; length++)
        {
            DecodedImage image = default;
            var error = Record.Exception(() =>
                image = ImageDecoder.Decode(file.AsSpan(0, length), ImageOrientation.AsStored, ImagePreprocessor.DefaultMaxPixels));
            Assert.True(error is ImageDecodeException, $"{length} of {file.Length}: {error}");
            if (length > scan + 16) Assert.Contains("truncated", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_files_are_decoded_or_refused_in_no_time(bool progressive)
    {
        var original = progressive ? Progressive : File.ReadAllBytes(SharedData.Path("data/odd-formats/hopper.jpg"));
        var random = new Random(5);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 1500; i++)
        {
            var file = original.ToArray();
            for (var flips = random.Next(1, 12); flips > 0; flips--) file[random.Next(2, file.Length)] = (byte)(random.Next(4) == 0 ? 0xFF : random.Next(256));
            try
            {
                ImageDecoder.Decode(file, ImageOrientation.Upright, maxPixels: 1 << 20).Dispose();
            }
            catch (ImageDecodeException)
            {
                // Anything else fails the test.
            }
        }
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public void A_header_of_a_huge_image_is_refused_before_memory_is_taken()
    {
        var file = File.ReadAllBytes(SharedData.Path("data/odd-formats/hopper.jpg"));
        var frame = file.AsSpan().IndexOf((byte[])[0xFF, 0xC0, 0, 17]);
        foreach (var at in (int[])[5, 7]) (file[frame + at], file[frame + at + 1]) = (0xFF, 0xDC);   // 65500
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<ImageDecodeException>(() => ImageDecoder.Decode(file, ImageOrientation.AsStored, ImagePreprocessor.DefaultMaxPixels));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 16);
        Assert.Contains("65500 × 65500", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A progressive file of 40 × 30 pixels in ten scans, made by Pillow.</summary>
    internal static byte[] Progressive => Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4" +
        "pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wgARCAAeACgDASIAAhEBAxEB/8QAGAAAAwEBAAAAAAAAAAAAAAAAAAECAwT/xAAYAQAD" +
        "AQEAAAAAAAAAAAAAAAAAAgMBBP/aAAwDAQACEAMQAAABzuLywqFgFjRx1nRupDRAOcw//8QAGRAAAgMBAAAAAAAAAAAAAAAAASAAAhEh/9oACAEBAAEFAgoUJuQJc9//xAAYEQEBAQEB" +
        "AAAAAAAAAAAAAAAAAhEhAf/aAAgBAwEBPwFfrWrTHOv/xAAYEQADAQEAAAAAAAAAAAAAAAAAARICEf/aAAgBAgEBPwHWxJsgkrh0/8QAFhAAAwAAAAAAAAAAAAAAAAAAABFA/9oACAEB" +
        "AAY/Ao0f/8QAGRABAQEBAQEAAAAAAAAAAAAAAQARECBR/9oACAEBAAE/IfAOCyyCEFnEDWEd3+Bf/9oADAMBAAIAAwAAABAQwL+vP//EABgRAAMBAQAAAAAAAAAAAAAAAAEQMQAR/9oA" +
        "CAEDAQE/EBHIQR6z/8QAGBEBAAMBAAAAAAAAAAAAAAAAAQARIRD/2gAIAQIBAT8QRc6GpEQX1n//xAAbEAEBAAIDAQAAAAAAAAAAAAABABARIDFRcf/aAAgBAQABPxCE2swYHHS1I+ox" +
        "CZk0/R+3/9k=");
}
