namespace Dla.MLNet;

/// <summary>
/// GIF: the first frame, on a canvas of the transparent color (or color 0), with the palette's colors even where they are transparent,
/// as Pillow gives it.
/// </summary>
internal static class GifDecoder
{
    private const string Format = "GIF";
    private const int HasPalette = 0x80;
    private const int Interlaced = 0x40;

    /// <summary>Decodes the first frame of a GIF file.</summary>
    public static void Decode(ReadOnlySpan<byte> encoded, long maxPixels, IPixelSink sink)
    {
        var reader = new ByteReader(encoded, Format);
        reader.Skip(6);
        var (width, height) = (reader.Short(), reader.Short());
        var flags = reader.Byte();
        reader.Skip(2);
        Span<uint> palette = stackalloc uint[256];
        FillGray(palette);
        if ((flags & HasPalette) != 0) ReadPalette(ref reader, flags, palette);
        var canvas = FindImage(ref reader);

        var (left, top, frameWidth, frameHeight) = (reader.Short(), reader.Short(), reader.Short(), reader.Short());
        flags = reader.Byte();
        if ((flags & HasPalette) != 0) ReadPalette(ref reader, flags, palette);
        if (frameWidth == 0 || frameHeight == 0) throw ImageDecodeException.Corrupt(Format, $"its first frame is {frameWidth} × {frameHeight} pixels");
        var (canvasWidth, canvasHeight) = (Math.Max(width, left + frameWidth), Math.Max(height, top + frameHeight));
        PixelLimit.Check(canvasWidth, canvasHeight, maxPixels);
        var lzw = new GifLzwReader(reader.Byte(), reader.Rest);
        sink.Begin(canvasWidth, canvasHeight, ExifOrientation.Upright);

        // One row of the canvas, which keeps its color beside the frame. Interlaced frames are unpacked first, a byte a pixel.
        using var canvasRow = new LargeBuffer<uint>(canvasWidth);
        using var indices = new LargeBuffer<byte>((flags & Interlaced) != 0 ? frameWidth * frameHeight : frameWidth);
        if ((flags & Interlaced) != 0) Unpack(ref lzw, indices.Span, frameWidth, frameHeight);
        var row = canvasRow.Span;
        row.Fill(palette[canvas]);
        for (var y = 0; y < canvasHeight; y++)
        {
            if (y == top + frameHeight) row.Fill(palette[canvas]);
            if (y >= top && y < top + frameHeight)
            {
                var frameRow = (flags & Interlaced) != 0 ? indices.Span.Slice((y - top) * frameWidth, frameWidth) : indices.Span;
                if ((flags & Interlaced) == 0) lzw.Read(frameRow);
                for (var x = 0; x < frameRow.Length; x++) row[left + x] = palette[frameRow[x]];
            }
            sink.Write(row);
        }
    }

    /// <summary>Unpacks an interlaced frame: every 8th row from 0, every 8th from 4, every 4th from 2, every 2nd from 1.</summary>
    private static void Unpack(ref GifLzwReader lzw, Span<byte> indices, int width, int height)
    {
        foreach (var (start, step) in (ReadOnlySpan<(int, int)>)[(0, 8), (4, 8), (2, 4), (1, 2)])
        {
            for (var y = start; y < height; y += step) lzw.Read(indices.Slice(y * width, width));
        }
    }

    /// <summary>Skips extensions up to the first image. Returns the canvas's colour: the transparent one, else 0.</summary>
    private static int FindImage(ref ByteReader reader)
    {
        var transparent = 0;
        while (true)
        {
            switch (reader.Byte())
            {
                case (byte)',':
                    return transparent;
                case (byte)'!':
                    var isControl = reader.Byte() == 0xF9;
                    for (int length; (length = reader.Byte()) > 0;)
                    {
                        var block = reader.Take(length);
                        if (isControl && length >= 4 && (block[0] & 1) != 0) transparent = block[3];
                        isControl = false;
                    }
                    break;
                case (byte)';':
                    throw ImageDecodeException.Corrupt(Format, "it holds no frame");
            }
        }
    }

    private static void ReadPalette(ref ByteReader reader, int flags, scoped Span<uint> palette)
    {
        FillGray(palette);
        var colors = reader.Take(3 * (2 << (flags & 7)));
        for (var i = 0; i < colors.Length / 3; i++) palette[i] = DecodedImage.Color(colors[3 * i], colors[3 * i + 1], colors[3 * i + 2]);
    }

    private static void FillGray(Span<uint> palette)
    {
        for (var i = 0; i < 256; i++) palette[i] = DecodedImage.Color(i, i, i);
    }
}
