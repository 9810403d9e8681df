using System.Diagnostics;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Held against the Pillow of this machine (Debian's python3-pil); skipped where there is none.</summary>
public sealed class PillowTests
{
    private const string Python = "/usr/bin/python3";

    [Theory]
    [InlineData("pillow-corpus.py", 120)]
    [InlineData("jpeg-corpus.py", 1300)]
    [InlineData("png-corpus.py", 800)]
    [InlineData("webp-corpus.py", 300)]
    public void Images_of_many_kinds_decode_to_the_bytes_of_Pillow(string corpus, int least)
    {
        Assert.SkipUnless(Succeeds("-c", "import PIL"), $"needs {Python} with python3-pil");
        var folder = Directory.CreateTempSubdirectory("dla-pillow-");
        try
        {
            var lines = Output(Path.Combine(AppContext.BaseDirectory, "Preprocessing", corpus), folder.FullName)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.InRange(lines.Length, least, 2 * least);
            var wrong = new List<string>();
            foreach (var line in lines)
            {
                var (name, stored, upright) = line.Split(' ') is [var a, var b, var c] ? (a, b, c) : throw new FormatException(line);
                var file = File.ReadAllBytes(Path.Combine(folder.FullName, name));
                if (corpus == "jpeg-corpus.py") AssertWidths(name, file);
                if (Digest(file, ImageOrientation.AsStored) != stored || Digest(file, ImageOrientation.Upright) != upright) wrong.Add(name);
            }
            Assert.Empty(wrong);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Unfinished progressive files are smoothed. Of the others, those whose data are damaged are refused here, many of which Pillow reads.</summary>
    [Fact]
    public void Damaged_JPEG_files_become_the_bytes_of_Pillow_or_are_refused()
    {
        Assert.SkipUnless(Succeeds("-c", "import PIL"), $"needs {Python} with python3-pil");
        var folder = Directory.CreateTempSubdirectory("dla-pillow-");
        try
        {
            var lines = Output(Path.Combine(AppContext.BaseDirectory, "Preprocessing", "jpeg-damage-corpus.py"), folder.FullName)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var (same, wrong) = (0, new List<string>());
            foreach (var line in lines)
            {
                var (name, expected) = line.Split(' ') is [var a, var b] ? (a, b) : throw new FormatException(line);
                string? actual = null;
                try
                {
                    actual = Digest(File.ReadAllBytes(Path.Combine(folder.FullName, name)), ImageOrientation.Upright);
                }
                catch (ImageDecodeException)
                {
                }
                if (actual == expected) same++;
                else if (expected != "-" && (actual is not null || !name.StartsWith("damaged", StringComparison.Ordinal))) wrong.Add(name);
            }
            Assert.Empty(wrong);
            Assert.InRange(same, 600, lines.Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The vectors' width has no influence.</summary>
    private static void AssertWidths(string name, byte[] file)
    {
        using var expected = ImageDecoder.Decode(file, ImageOrientation.AsStored, ImagePreprocessor.DefaultMaxPixels);
        foreach (var width in (VectorWidth[])[VectorWidth.Scalar, VectorWidth.Bits128])
        {
            using var sink = new DecodedImageSink();
            new JpegDecoder(width).Run(file, upright: false, ImagePreprocessor.DefaultMaxPixels, sink);
            using var actual = sink.Detach();
            Assert.True(expected.Pixels.SequenceEqual(actual.Pixels), $"{name} {width}");
        }
    }

    private static string Digest(byte[] file, ImageOrientation orientation) => ReferenceCases.Sha256(RgbImage.Decode(file, orientation).Pixels.Span);

    private static bool Succeeds(params string[] arguments)
    {
        if (!File.Exists(Python)) return false;
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static string Output(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-W", "ignore", .. arguments]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
