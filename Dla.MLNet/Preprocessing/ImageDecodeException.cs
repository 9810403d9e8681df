namespace Dla.MLNet;

/// <summary>An image could not be had: missing, empty, truncated, corrupt, no image at all, of an unsupported kind, or too large.</summary>
/// <remarks>
/// The message says what was found, what was expected and what to do; it names the path when there is one, and begins with the row where one was read.
/// </remarks>
public sealed class ImageDecodeException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public ImageDecodeException()
    {
    }

    /// <summary>Makes an exception with the reason as its message.</summary>
    public ImageDecodeException(string message) : base(message)
    {
    }

    /// <summary>Makes an exception with the reason and what caused it.</summary>
    public ImageDecodeException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes an exception for a file: the message becomes <c>'path': reason</c>.</summary>
    public ImageDecodeException(string path, string reason, Exception? innerException) : base($"'{path}': {reason}", innerException) => Path = path;

    /// <summary>The file's path; <see langword="null"/> when the image came as bytes.</summary>
    public string? Path { get; internal init; }

    /// <summary>Whether the image has too many pixels or takes too much memory, by the limits that were set, and may be well otherwise.</summary>
    public bool IsTooLarge { get; internal init; }

    internal static ImageDecodeException Truncated(string format) =>
        new($"The {format} image is truncated: the file ends before its pixels do. Replace the file.");

    internal static ImageDecodeException Corrupt(string format, string reason) =>
        new($"The {format} image is corrupt or of a kind that is not supported: {reason}. Replace the file, or convert it to PNG.");
}
