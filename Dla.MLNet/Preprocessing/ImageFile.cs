using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Dla.MLNet;

/// <summary>Reads image files into pooled memory; whatever is wrong with one becomes an <see cref="ImageDecodeException"/> that names its path.</summary>
internal static class ImageFile
{
    /// <summary>Decodes the bytes of a file.</summary>
    public delegate DecodedImage Decoder(ReadOnlySpan<byte> encoded);

    /// <summary>Reads and decodes a file.</summary>
    /// <exception cref="ImageDecodeException">There is no such file, it cannot be read, or cannot be decoded.</exception>
    public static DecodedImage Read(string path, Decoder decode)
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
            var buffer = ArrayPool<byte>.Shared.Rent((int)length);
            try
            {
                var read = 0;
                while (read < length && RandomAccess.Read(file, buffer.AsSpan(read, (int)length - read), read) is > 0 and var more) read += more;
                return decode(buffer.AsSpan(0, read));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
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
