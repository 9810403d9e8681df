using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Dla.MLNet;

/// <summary>Reads image files; whatever is wrong with one becomes an <see cref="ImageDecodeException"/> that names its path.</summary>
internal static class ImageFile
{
    /// <summary>Reads and decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sink">Receives the pixels.</param>
    /// <param name="decode">Decodes the file's bytes into the sink.</param>
    /// <exception cref="ImageDecodeException">There is no such file, it cannot be read, or cannot be decoded.</exception>
    public static void Read(string path, IPixelSink sink, ReadOnlySpanAction<byte, IPixelSink> decode)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var file = Open(path);
            var length = RandomAccess.GetLength(file);
            Span<byte> start = stackalloc byte[ImageDecoder.StartLength];
            start = start[..RandomAccess.Read(file, start, 0)];
            ImageDecoder.RequireImage(start);   // before a film among the photos is read into memory
            if (length > Array.MaxLength) throw new ImageDecodeException($"The file has {length} bytes; expected at most {Array.MaxLength}.");
            using var buffer = new LargeBuffer<byte>((int)length, clear: false);
            var read = 0;
            while (read < length && RandomAccess.Read(file, buffer.Span[read..], read) is > 0 and var more) read += more;
            decode(buffer.Span[..read], sink);
        }
        catch (ImageDecodeException e)
        {
            throw new ImageDecodeException(path, e.Message, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageDecodeException(path, "There is no such file; expected an image. " +
                "Check the path, which is relative to the working directory unless it is absolute.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ImageDecodeException(path, $"The file cannot be read: {e.Message}", e);
        }
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
