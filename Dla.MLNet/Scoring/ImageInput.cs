using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>One image, however it is given.</summary>
internal readonly ref struct ImageInput
{
    private ImageInput(string? path, ReadOnlySpan<byte> encoded, MLImage? image, CancellationToken cancel)
    {
        Path = path;
        Encoded = encoded;
        Image = image;
        Cancel = cancel;
    }

    /// <summary>The path of an image file, or <see langword="null"/>.</summary>
    public string? Path { get; }

    /// <summary>The bytes of an encoded image file, where there is neither path nor image.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>A decoded image, or <see langword="null"/>.</summary>
    public MLImage? Image { get; }

    /// <summary>Ends the wait for memory, and for a pipe that the path may lead to.</summary>
    public CancellationToken Cancel { get; }

    public static ImageInput Of(string path, CancellationToken cancel) => new(path, default, null, cancel);

    public static ImageInput Of(ReadOnlySpan<byte> encoded, CancellationToken cancel) => new(null, encoded, null, cancel);

    public static ImageInput Of(MLImage image) => new(null, default, image, CancellationToken.None);
}
