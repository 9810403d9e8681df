namespace Dla.MLNet;

/// <summary>PNG of all kinds in managed code, row by row. Interlaced images are held until their last pass.</summary>
internal static class PngDecoder
{
    /// <summary>The passes of Adam7: the first column and row, and the steps to the next.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Decodes a PNG file.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="upright">Whether the sink learns the orientation.</param>
    /// <param name="maxPixels">The most pixels.</param>
    /// <param name="sink">Receives the rows.</param>
    /// <exception cref="ImageDecodeException">The file is cut off, damaged, of no kind of the standard, or too large.</exception>
    public static unsafe void Decode(ReadOnlySpan<byte> encoded, bool upright, long maxPixels, IPixelSink sink)
    {
        var file = PngFile.Read(encoded, upright, maxPixels);
        var header = file.Header;
        fixed (byte* chunks = file.Pixels)
        {
            using var reader = new PngRowReader(chunks, file.Pixels.Length, header.RowLength(header.Width) + 1, TotalLength(header));
            using var rows = new PngRows(header, file.Palette);
            sink.Begin(header.Width, header.Height, file.Orientation);
            if (header.Interlaced) DecodePasses(header, reader, rows, sink);
            else DecodeRows(header, reader, rows, sink);
        }
    }

    private static void DecodeRows(PngHeader header, PngRowReader reader, PngRows rows, IPixelSink sink)
    {
        reader.Begin(header.RowLength(header.Width), header.Height);
        rows.Begin(header.Width);
        for (var y = 0; y < header.Height; y++) sink.Write(rows.Next(reader.Next()));
        reader.Finish();
    }

    private static void DecodePasses(PngHeader header, PngRowReader reader, PngRows rows, IPixelSink sink)
    {
        using var image = new LargeBuffer<uint>(header.Width * header.Height);
        var pixels = image.Span;
        foreach (var (left, top, stepX, stepY) in Passes)
        {
            var (width, height) = (Steps(header.Width, left, stepX), Steps(header.Height, top, stepY));
            if (width == 0 || height == 0) continue;   // such a pass is not in the file
            reader.Begin(header.RowLength(width), height);
            rows.Begin(width);
            for (var y = top; y < header.Height; y += stepY)
            {
                var row = rows.Next(reader.Next());
                var target = pixels.Slice(y * header.Width, header.Width);
                if (stepX == 1) row.CopyTo(target);
                else for (int i = 0, x = left; x < target.Length; i++, x += stepX) target[x] = row[i];
            }
        }
        reader.Finish();
        for (var y = 0; y < header.Height; y++) sink.Write(pixels.Slice(y * header.Width, header.Width));
    }

    /// <summary>Bytes of all rows with their filter bytes.</summary>
    private static long TotalLength(PngHeader header)
    {
        if (!header.Interlaced) return (1L + header.RowLength(header.Width)) * header.Height;
        var total = 0L;
        foreach (var (left, top, stepX, stepY) in Passes)
        {
            if (Steps(header.Width, left, stepX) is > 0 and var width) total += (1L + header.RowLength(width)) * Steps(header.Height, top, stepY);
        }
        return total;
    }

    private static int Steps(int side, int first, int step) => Math.Max(0, (side - first + step - 1) / step);
}
