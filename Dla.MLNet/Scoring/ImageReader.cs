namespace Dla.MLNet;

/// <summary>Turns an image, however it is given, into a model's input; thread-safe.</summary>
internal sealed class ImageReader(ImagePreprocessor preprocessor, string? folder)
{
    public static ImageReader Of(ImageReadingOptions options, ImagePreprocessing preprocessing) =>
        new(new ImagePreprocessor(preprocessing, options.MaxPixels, options.Memory), options.ImageFolder);

    /// <summary>Values an image.</summary>
    public int Length => preprocessor.Length;

    /// <exception cref="ImageDecodeException">The image cannot be read.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the image.</exception>
    /// <exception cref="OperationCanceledException">The input's token was cancelled while memory or a pipe was awaited.</exception>
    public void Read(ImageInput input, Span<float> pixels)
    {
        if (input.Path is not null) preprocessor.Run(FullPath(input.Path), pixels, input.Cancel);
        else if (input.Image is not null) preprocessor.Run(input.Image, pixels);
        else preprocessor.Run(input.Encoded, pixels, input.Cancel);
    }

    /// <summary>The same before normalisation: resized and cropped bytes, rows of R, G, B.</summary>
    public void Read(ImageInput input, Span<byte> pixels)
    {
        if (input.Path is not null) preprocessor.Crop(FullPath(input.Path), pixels, input.Cancel);
        else if (input.Image is not null) preprocessor.Crop(input.Image, pixels);
        else preprocessor.Crop(input.Encoded, pixels, input.Cancel);
    }

    private string FullPath(string path)
    {
        if (path.Length == 0) throw new ImageDecodeException("The path of the image is empty. Give the path of an image file.");
        if (path.Contains('\0')) throw new ImageDecodeException("The path of the image holds a null character. Give the path of an image file.");
        return folder is null ? path : Path.Combine(folder, path);
    }
}
