using System.Diagnostics;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Held against the Pillow of this machine (Debian's python3-pil); skipped where there is none.</summary>
public sealed class PillowTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public void Images_of_many_kinds_decode_to_the_bytes_of_Pillow()
    {
        Assert.SkipUnless(Succeeds("-c", "import PIL"), $"needs {Python} with python3-pil");
        var folder = Directory.CreateTempSubdirectory("dla-pillow-");
        try
        {
            var lines = Output(Path.Combine(AppContext.BaseDirectory, "Preprocessing", "pillow-corpus.py"), folder.FullName).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.InRange(lines.Length, 90, 1000);
            var wrong = new List<string>();
            foreach (var line in lines)
            {
                var (name, stored, upright) = line.Split(' ') is [var a, var b, var c] ? (a, b, c) : throw new FormatException(line);
                var file = File.ReadAllBytes(Path.Combine(folder.FullName, name));
                if (Digest(file, ImageOrientation.AsStored) != stored || Digest(file, ImageOrientation.Upright) != upright) wrong.Add(name);
            }
            Assert.Empty(wrong);
        }
        finally
        {
            folder.Delete(recursive: true);
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
