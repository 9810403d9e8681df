using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Dla.MLNet;

/// <summary>Reads image files; whatever is wrong with one becomes an <see cref="ImageDecodeException"/> that names its path.</summary>
internal static class ImageFile
{
    private const string NoFile = "There is no such file; expected an image.";

    /// <summary>Reads and decodes a file, or what comes through a pipe until its end.</summary>
    /// <param name="path">The file or pipe.</param>
    /// <param name="maxPixels">The most pixels that memory is taken for.</param>
    /// <param name="memory">The budget for the bytes of the file and of its decoder.</param>
    /// <param name="sink">Receives the pixels.</param>
    /// <param name="decode">Decodes the file's bytes into the sink.</param>
    /// <param name="cancel">Ends the wait for memory or for a pipe.</param>
    /// <exception cref="ImageDecodeException">There is no such file, it cannot be read, or cannot be decoded.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the image.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled while memory or a pipe was awaited.</exception>
    public static void Read(string path, long maxPixels, ImageMemoryBudget memory, IPixelSink sink,
        ReadOnlySpanAction<byte, IPixelSink> decode, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (IsPipe(path))
            {
                var encoded = PipeReader.Read(path, cancel).Span;
                using var lease = memory.Acquire(encoded.Length + ImageDecoder.EstimateBytes(encoded, maxPixels), cancel);
                decode(encoded, sink);
                return;
            }
            using var file = Open(path);
            var length = RandomAccess.GetLength(file);
            Span<byte> start = stackalloc byte[ImageDecoder.StartLength];
            start = start[..RandomAccess.Read(file, start, 0)];
            ImageDecoder.RequireImage(start);   // before a film among the photos is read into memory
            if (length > Array.MaxLength) throw new ImageDecodeException($"The file has {length} bytes; expected at most {Array.MaxLength}.");
            Decode(file, (int)length, maxPixels, memory, sink, decode, cancel);
        }
        catch (Exception e) when (Reason(path, e) is { } reason)
        {
            throw new ImageDecodeException(path, reason, e) { IsTooLarge = e is ImageDecodeException { IsTooLarge: true } };
        }
    }

    /// <summary>Reads a file, or what comes through a pipe until its end, and does not decode it.</summary>
    /// <exception cref="ImageDecodeException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled while a pipe was awaited.</exception>
    public static ReadOnlyMemory<byte> ReadEncoded(string path, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return IsPipe(path) ? PipeReader.Read(path, cancel) : File.ReadAllBytes(path);
        }
        catch (Exception e) when (Reason(path, e) is { } reason)
        {
            throw new ImageDecodeException(path, reason, e);
        }
    }

    /// <summary>Reads a file that is read more than once, so that it cannot be a pipe.</summary>
    /// <exception cref="ImageDecodeException">There is no such file, or it cannot be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        try
        {
            RequireRegular(path);
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (Reason(path, e) is { } reason)
        {
            throw new ImageDecodeException(path, reason, e);
        }
    }

    /// <summary>
    /// The bytes of the file show how many more its decoder takes. If those are not free, the file is read again once all
    /// are: whoever waits holds nothing.
    /// </summary>
    private static void Decode(SafeFileHandle file, int length, long maxPixels, ImageMemoryBudget memory, IPixelSink sink,
        ReadOnlySpanAction<byte, IPixelSink> decode, CancellationToken cancel)
    {
        for (var bytes = (long)length; ;)
        {
            using var lease = memory.Acquire(bytes, cancel);
            using var buffer = new LargeBuffer<byte>(length, clear: false);
            var read = 0;
            while (read < length && RandomAccess.Read(file, buffer.Span[read..], read) is > 0 and var more) read += more;
            var encoded = buffer.Span[..read];
            var needed = length + ImageDecoder.EstimateBytes(encoded, maxPixels);
            var rest = default(ImageMemoryLease);
            if (needed > bytes && !memory.TryAcquire(needed - bytes, out rest))
            {
                bytes = needed;
                continue;
            }
            using (rest) decode(encoded, sink);
            return;
        }
    }

    /// <summary>Refuses what is no file that can be read again; of a missing one, reading tells.</summary>
    /// <exception cref="ImageDecodeException">It is a folder, pipe, socket or device; the message names the path.</exception>
    public static void RequireRegular(string path)
    {
        try
        {
            if (IsPipe(path))
                throw new ImageDecodeException("The file cannot be read: it is a pipe, which can be read once, and the images of a data set are read repeatedly. " +
                    "Write it to a file.");
        }
        catch (ImageDecodeException e)
        {
            throw new ImageDecodeException(path, e.Message, e);
        }
    }

    /// <summary>Whether a path is a pipe's and not a file's.</summary>
    /// <exception cref="ImageDecodeException">It is neither.</exception>
    private static bool IsPipe(string path) => FileStatus.Of(path).Kind switch
    {
        FileKind.Folder => throw new ImageDecodeException("The file cannot be read: it is a folder; expected an image. " +
            $"Name a file in it; {nameof(DlaImageFiles)}.{nameof(DlaImageFiles.In)} lists its images."),
        FileKind.Socket => throw new ImageDecodeException("The file cannot be read: it is a socket; expected an image. Write the image to a file."),
        FileKind.Device => throw new ImageDecodeException("The file cannot be read: it is a device; expected an image. Write the image to a file."),
        FileKind.Pipe => true,
        _ => false,
    };

    /// <summary>Why a file cannot be read; <see langword="null"/> for what is no fault of the file's.</summary>
    private static string? Reason(string path, Exception e) => e switch
    {
        ImageDecodeException { Path: null } => e.Message,
        FileNotFoundException or DirectoryNotFoundException => Absent(path),
        IOException or UnauthorizedAccessException or NotSupportedException => $"The file cannot be read: {e.Message}",
        _ => null,
    };

    private static string Absent(string path)
    {
        if (path.Contains("://", StringComparison.Ordinal) || path.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
            || path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return $"{NoFile} The path looks like an address, and addresses are not read. Download the image first, and give its path or its bytes.";
        if (Path.DirectorySeparatorChar == '/' && path.Contains('\\', StringComparison.Ordinal))
            return $"{NoFile} The path has backslashes, and this system separates folders by '/'. Replace them.";
        return $"{NoFile} Check the path, which is relative to the working directory unless it is absolute.";
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (ArgumentException e)
        {
            throw new ImageDecodeException($"The file cannot be read: {e.Message}", e);   // a path of blanks, on Windows
        }
    }
}
