using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Files of any number of pixels and little content.</summary>
internal static class LargeImages
{
    /// <summary>The kinds of files, and the bytes per pixel that decoding may take beyond the file's own.</summary>
    public static readonly (string Kind, double BytesPerPixel)[] Kinds =
    [
        ("jpeg", 0.5), ("jpeg, turned", 0.5), ("png", 0.5), ("png 16", 0.5), ("png palette", 0.5),
        ("gif", 0.5), ("bmp", 0.5), ("gif interlaced", 1.5), ("bmp run lengths", 1.5),
        ("progressive 4:2:0", 3.5), ("jpeg in scans", 3.5), ("progressive 4:4:4", 6.5),
        ("png interlaced", 4.5), ("png 16 interlaced", 4.5), ("png palette interlaced", 4.5),
        ("webp", 5), ("webp lossless", 5),
    ];

    public static byte[] Make(string kind, int width, int height) => kind switch
    {
        "jpeg" => Skia(width, height, SKEncodedImageFormat.Jpeg, 75),
        "jpeg, turned" => Turned(Skia(width, height, SKEncodedImageFormat.Jpeg, 75)),
        "progressive 4:2:0" => ScannedJpeg.Make(width, height, 2, true),
        "progressive 4:4:4" => ScannedJpeg.Make(width, height, 1, true),
        "jpeg in scans" => ScannedJpeg.Make(width, height, 1, false),
        "png" => Png(width, height, 8, 2, false),
        "png 16" => Png(width, height, 16, 6, false),
        "png palette" => Png(width, height, 4, 3, false),
        "png interlaced" => Png(width, height, 8, 6, true),
        "png 16 interlaced" => Png(width, height, 16, 6, true),
        "png palette interlaced" => Png(width, height, 4, 3, true),
        "gif" => Gif(width, height, false),
        "gif interlaced" => Gif(width, height, true),
        "bmp" => Bmp(width, height),
        "bmp run lengths" => BmpRuns(width, height),
        "webp" => Skia(width, height, SKEncodedImageFormat.Webp, 50),
        "webp lossless" => Skia(width, height, SKEncodedImageFormat.Webp, 100),
        _ => throw new ArgumentException(
            $"'{kind}' is no kind of image. Use one of: {string.Join(", ", Kinds.Select(k => k.Kind))}."),
    };

    private static byte[] Skia(int width, int height, SKEncodedImageFormat format, int quality)
    {
        SKColor[] colors = [SKColors.DarkBlue, SKColors.Orange];
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        using (var shader = SKShader.CreateLinearGradient(default, new(width, height), colors, SKShaderTileMode.Clamp))
        using (var paint = new SKPaint { Shader = shader })
            canvas.DrawPaint(paint);
        return bitmap.Encode(format, quality).ToArray();
    }

    /// <summary>A JPEG file with EXIF that says: orientation 6.</summary>
    private static byte[] Turned(byte[] jpeg) =>
    [
        .. jpeg[..2], 0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM"u8, 0, 42, 0, 0, 0, 8,
        0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, .. jpeg[2..],
    ];

    private static byte[] Png(int width, int height, byte bits, byte color, bool interlaced)
    {
        var channels = color switch { 6 => 4, 2 => 3, _ => 1 };
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (bits, color, (byte)(interlaced ? 1 : 0));
        Chunk(file, "IHDR"u8, header);
        if (color == 3) Chunk(file, "PLTE"u8, [.. Enumerable.Range(0, 3 << bits).Select(i => (byte)(5 * i))]);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            (int X, int Y, int ByX, int ByY)[] passes = interlaced
                ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
                : [(0, 0, 1, 1)];
            foreach (var pass in passes)
            {
                var columns = (width - pass.X + pass.ByX - 1) / pass.ByX;
                if (columns < 1) continue;
                var row = new byte[1 + (columns * channels * bits + 7) / 8];
                for (var y = pass.Y; y < height; y += pass.ByY)
                {
                    row.AsSpan(1).Fill((byte)(y >> 4));
                    zlib.Write(row);
                }
            }
        }
        Chunk(file, "IDAT"u8, packed.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] body = [.. type, .. data];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Compute(body));
        file.Write(number);
    }

    /// <summary>Codes of 9 bits that are cleared before they grow, so that each pixel is a code.</summary>
    private static byte[] Gif(int width, int height, bool interlaced)
    {
        const int ClearCode = 256, EndCode = 257, CodeBits = 9;
        using var data = new MemoryStream();
        var (bits, count) = (0, 0);
        for (long i = 0, pixels = (long)width * height; i <= pixels; i++)
        {
            if (i % 250 == 0) Put(ClearCode);
            Put(i == pixels ? EndCode : (int)(i / width & 255));
        }
        if (count > 0) data.WriteByte((byte)bits);
        using var file = new MemoryStream();
        file.Write("GIF89a"u8);
        byte[] size = [(byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8)];
        file.Write([.. size, 0xF7, 0, 0, .. Enumerable.Range(0, 768).Select(i => (byte)i)]);
        file.Write([(byte)',', 0, 0, 0, 0, .. size, (byte)(interlaced ? 0x40 : 0), 8]);
        foreach (var block in data.ToArray().Chunk(255)) file.Write([(byte)block.Length, .. block]);
        file.Write([0, (byte)';']);
        return file.ToArray();

        void Put(int code)
        {
            bits |= code << count;
            for (count += CodeBits; count >= 8; count -= 8, bits >>= 8) data.WriteByte((byte)bits);
        }
    }

    private static byte[] Bmp(int width, int height)
    {
        var stride = (width + 3) / 4 * 4;
        var file = new byte[BmpHeaderLength + stride * height];
        WriteBmpHeader(file, width, height, 0);
        for (var y = 0; y < height; y++) file.AsSpan(BmpHeaderLength + y * stride, width).Fill((byte)(y >> 3));
        return file;
    }

    private static byte[] BmpRuns(int width, int height)
    {
        using var file = new MemoryStream();
        var header = new byte[BmpHeaderLength];
        WriteBmpHeader(header, width, height, 1);
        file.Write(header);
        for (var y = 0; y < height; y++)
        {
            for (var left = width; left > 0; left -= 255) file.Write([(byte)Math.Min(left, 255), (byte)(y >> 3)]);
            file.Write([0, 0]);
        }
        file.Write([0, 1]);
        return file.ToArray();
    }

    private const int BmpHeaderLength = 54 + 1024;

    private static void WriteBmpHeader(Span<byte> file, int width, int height, int compression)
    {
        "BM"u8.CopyTo(file);
        ReadOnlySpan<(int, int)> numbers =
            [(10, BmpHeaderLength), (14, 40), (18, width), (22, height), (30, compression), (46, 256)];
        foreach (var (at, value) in numbers) BinaryPrimitives.WriteInt32LittleEndian(file[at..], value);
        (file[26], file[28]) = (1, 8);
        for (var i = 0; i < 256; i++) file.Slice(54 + 4 * i, 3).Fill((byte)i);
    }
}
