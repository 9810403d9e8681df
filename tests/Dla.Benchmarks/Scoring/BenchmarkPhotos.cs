using SkiaSharp;

namespace Dla.Benchmarks;

/// <summary>
/// JPEG photos, of 500 × 375 pixels unless another size is asked for: those of <c>../shared/data/photos</c> enlarged, or pictures made by a formula.
/// </summary>
internal sealed class BenchmarkPhotos : IDisposable
{
    public BenchmarkPhotos(int width = 500, int height = 375)
    {
        Files = [.. Bitmaps(width, height).Select((bitmap, i) =>
        {
            using (bitmap)
            using (var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90))
            {
                var path = Path.Combine(Folder, $"{i}.jpg");
                File.WriteAllBytes(path, data.ToArray());
                return path;
            }
        })];
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("dla-benchmark-").FullName;

    public IReadOnlyList<string> Files { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static IEnumerable<SKBitmap> Bitmaps(int width, int height)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var photos = Path.Combine(folder.FullName, "shared", "data", "photos");
            if (!Directory.Exists(photos)) continue;
            return Directory.GetFiles(photos, "*.jpg").Order(StringComparer.Ordinal).Select(file =>
            {
                using var photo = SKBitmap.Decode(file);
                return photo.Resize(new SKImageInfo(width, height), new SKSamplingOptions(SKCubicResampler.Mitchell));
            });
        }
        return Enumerable.Range(0, 16).Select(seed => Picture(seed, width, height));
    }

    private static SKBitmap Picture(int seed, int width, int height)
    {
        var bitmap = new SKBitmap(width, height);
        for (var y = 0; y < bitmap.Height; y++)
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(127 + 120 * Math.Sin(x / (7.0 + seed))), (byte)(127 + 120 * Math.Sin(y / (5.0 + seed) + x / 31.0)),
                    (byte)(x * y * (seed + 1) / 97)));
        return bitmap;
    }
}
