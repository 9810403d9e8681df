using Dla.MLNet;
using SkiaSharp;

namespace Dla.Cli.Benchmarking;

/// <summary>The images that models are measured on.</summary>
internal static class BenchmarkImages
{
    /// <summary>The images of a folder and those below it, at most <paramref name="limit"/>.</summary>
    /// <exception cref="ArgumentException">There is no such folder, or no image in it.</exception>
    public static List<byte[]> Load(DirectoryInfo folder, int limit, DlaFolderOptions options)
    {
        if (!folder.Exists) throw new ArgumentException($"There is no folder '{folder.FullName}'. Give one that holds images, or leave --images out.");
        List<byte[]> images = [.. DlaImageFiles.In(folder.FullName, options).Take(limit).Select(File.ReadAllBytes)];
        return images.Count > 0 ? images : throw new ArgumentException($"'{folder.FullName}' has no images. Give another folder, or leave --images out.");
    }

    /// <summary>JPEGs of 500 × 375 pixels made by a formula: as large and as busy as photos.</summary>
    public static List<byte[]> Make(int count) => [.. Enumerable.Range(1, count).Select(seed =>
    {
        using var bitmap = new SKBitmap(500, 375);
        for (var y = 0; y < bitmap.Height; y++)
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor(Wave(x / (7.0 + seed)), Wave(y / (5.0 + seed) + x / 31.0), Wave((x * y % 97 * seed + x) / 43.0)));
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    })];

    private static byte Wave(double x) => (byte)(127.5 + 120 * Math.Sin(x));
}
