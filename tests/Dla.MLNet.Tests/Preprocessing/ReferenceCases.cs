using System.Security.Cryptography;
using System.Text.Json;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>The cases of <c>tests/golden/preprocessing</c>: what Pillow 9.4 and torchvision 0.14 made of an image.</summary>
internal static class ReferenceCases
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>One resized, cropped image; <c>Sha256</c> is that of its HWC bytes.</summary>
    public sealed record Result(string Orientation, string Interpolation, int Resize, int Crop, string Sha256)
    {
        public ImagePreprocessing Preprocessing => new()
        {
            ResizeShortSide = Resize,
            CropSize = Crop,
            Interpolation = Enum.Parse<ImageInterpolation>(Interpolation, ignoreCase: true),
            Orientation = Orientation == "as_stored" ? ImageOrientation.AsStored : ImageOrientation.Upright,
        };
    }

    /// <summary>An image file: either results, or the name of the exception that Pillow threw.</summary>
    public sealed record FileCase(string File, string? Mode, int Width, int Height, IReadOnlyList<Result>? Results, string? Error);

    /// <summary>An image made by a formula, and one result.</summary>
    public sealed record FormulaCase(string Kind, int Width, int Height, string SourceSha256, string Interpolation, int Resize, int Crop, string Sha256);

    public static IReadOnlyList<FormulaCase> Formulas { get; } = Read<FormulaCase>("formula-images.json");

    public static IReadOnlyList<FileCase> Photos { get; } = Read<FileCase>("imagenet-stubs.json");

    public static IReadOnlyList<FileCase> OddFormats { get; } = Read<FileCase>("pillow-odd-formats.json");

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Asserts that the file at this path becomes the bytes of every result.</summary>
    public static void AssertResults(FileCase expected, string path)
    {
        foreach (var result in expected.Results!)
        {
            var preprocessor = new ImagePreprocessor(result.Preprocessing);
            var pixels = new byte[preprocessor.Length];
            preprocessor.Crop(path, pixels);
            Assert.True(result.Sha256 == Sha256(pixels), $"{expected.File} {result.Orientation} {result.Interpolation} {result.Resize}/{result.Crop}");
        }
    }

    private static IReadOnlyList<T> Read<T>(string name) =>
        JsonSerializer.Deserialize<Cases<T>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "preprocessing", name)), Format)!.All;

    private sealed record Cases<T>([property: System.Text.Json.Serialization.JsonPropertyName("cases")] IReadOnlyList<T> All);
}
