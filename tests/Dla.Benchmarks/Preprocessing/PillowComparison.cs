using System.Diagnostics;
using System.Globalization;
using Dla.MLNet;

namespace Dla.Benchmarks;

/// <summary>
/// Times resizing of whole images, ours against Pillow's, in one run and on one core each:
/// <c>dotnet run -c Release --project tests/Dla.Benchmarks -- pillow FOLDER</c>. Needs /usr/bin/python3 with Debian's python3-pil.
/// </summary>
internal static class PillowComparison
{
    private const int Repetitions = 100, Rounds = 5;

    /// <summary>Prints the shortest time of each image in microseconds; the images are decoded before.</summary>
    private const string Script = """
        import sys, time
        from PIL import Image
        for path in sys.argv[2:]:
            image = Image.open(path).convert('RGB')
            w, h = image.size
            size = (256, int(256 * h / w)) if w <= h else (int(256 * w / h), 256)
            best = 1e9
            for _ in range(int(sys.argv[1])):
                start = time.perf_counter()
                image.resize(size, Image.BILINEAR)
                best = min(best, time.perf_counter() - start)
            print(best * 1e6)
        """;

    public static int Run(string folder)
    {
        var files = Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal).ToArray();
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var pillow = Pillow(files);
            var ours = files.Select(Ours).ToArray();
            var ratio = pillow.Sum() / ours.Sum();
            ratios.Add(ratio);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{files.Length} images: " +
                $"Pillow {pillow.Average():f0} µs, this library {ours.Average():f0} µs an image, ratio {ratio:f2}"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median ratio {ratios.Order().ElementAt(Rounds / 2):f2} ({VectorWidths.Widest})"));
        return 0;
    }

    private static double Ours(string file)
    {
        var image = ImageDecoder.Decode(File.ReadAllBytes(file), ImageOrientation.AsStored, ImagePreprocessor.DefaultMaxPixels);
        using (image)
        {
            var window = ResizedWindow.Centre(image.Width, image.Height, 256, 224);
            var (width, height) = ((int)window.ResizedWidth, (int)window.ResizedHeight);
            var result = new byte[width * height * 4];
            var best = double.MaxValue;
            for (var i = 0; i < Repetitions; i++)
            {
                var start = Stopwatch.GetTimestamp();
                ImageResampler.Resize(image.Pixels, image.Width, image.Height, 4, result, width, height, ImageInterpolation.Bilinear);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
            return best;
        }
    }

    private static double[] Pillow(string[] files)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardOutput = true,
            ArgumentList = { "-c", Script, Repetitions.ToString(CultureInfo.InvariantCulture) } };
        foreach (var file in files) start.ArgumentList.Add(file);
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => double.Parse(l, CultureInfo.InvariantCulture))];
    }
}
