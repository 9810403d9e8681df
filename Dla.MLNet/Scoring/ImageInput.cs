using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>One image, however it is given.</summary>
internal readonly ref struct ImageInput
{
    private ImageInput(string? path, ReadOnlySpan<byte> encoded, MLImage? image)
    {
        Path = path;
        Encoded = encoded;
        Image = image;
    }

    /// <summary>The path of an image file, or <see langword="null"/>.</summary>
    public string? Path { get; }

    /// <summary>The bytes of an encoded image file, where there is neither path nor image.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>A decoded image, or <see langword="null"/>.</summary>
    public MLImage? Image { get; }

    public static ImageInput Of(string path) => new(path, default, null);

    public static ImageInput Of(ReadOnlySpan<byte> encoded) => new(null, encoded, null);

    public static ImageInput Of(MLImage image) => new(null, default, image);
}
