namespace Dla.Finetune;

/// <summary>
/// Shears, moves and rotates 8-bit RGB by the nearest pixel over black, with the numbers of Pillow's <c>Image.transform</c> and <c>Image.rotate</c>.
/// </summary>
internal static class AffineWarp
{
    /// <summary>Fixed-point one of Pillow's transform.</summary>
    private const double One = 65536;

    public static void ShearX(ReadOnlySpan<byte> source, Span<byte> result, int width, int height, double tangent) =>
        Warp(source, result, width, height, [1, Tangent(tangent), 0, 0, 1, 0]);

    public static void ShearY(ReadOnlySpan<byte> source, Span<byte> result, int width, int height, double tangent) =>
        Warp(source, result, width, height, [1, 0, 0, Tangent(tangent), 1, 0]);

    /// <summary>Moves the image right and down by whole pixels.</summary>
    public static void Translate(ReadOnlySpan<byte> source, Span<byte> result, int width, int height, int right, int down)
    {
        result.Clear();
        int first = Math.Max(0, right), last = Math.Min(width, width + right);
        for (var y = Math.Max(0, down); y < Math.Min(height, height + down) && first < last; y++)
            source.Slice(((y - down) * width + first - right) * 3, (last - first) * 3).CopyTo(result[((y * width + first) * 3)..]);
    }

    /// <summary>Rotates about the centre, against the clock.</summary>
    public static void Rotate(ReadOnlySpan<byte> source, Span<byte> result, int width, int height, double degrees)
    {
        degrees = (degrees % 360 + 360) % 360;
        if (degrees == 0) return;
        if (degrees is 90 or 270 && width == height)
        {
            QuarterTurn(source, result, width, clockwise: degrees == 270);
            return;
        }
        var angle = -degrees * (Math.PI / 180);
        var (cos, sin) = (Math.Round(Math.Cos(angle), 15), Math.Round(Math.Sin(angle), 15));
        var (x, y) = (width / 2.0, height / 2.0);
        Warp(source, result, width, height, [cos, sin, cos * -x + sin * -y + 0 + x, -sin, cos, -sin * -x + cos * -y + 0 + y]);
    }

    /// <summary>What torchvision makes of a shear on its way through degrees.</summary>
    private static double Tangent(double tangent) => Math.Tan(Math.Atan(tangent) * (180 / Math.PI) * (Math.PI / 180));

    private static void QuarterTurn(ReadOnlySpan<byte> source, Span<byte> result, int side, bool clockwise)
    {
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
            {
                var from = clockwise ? (side - 1 - x) * side + y : x * side + side - 1 - y;
                source.Slice(from * 3, 3).CopyTo(result[((y * side + x) * 3)..]);
            }
    }

    /// <param name="source">The image.</param>
    /// <param name="result">Receives the image, black where nothing of the source falls.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="m">Takes a place of the result to one of the source: (m0·x + m1·y + m2, m3·x + m4·y + m5).</param>
    private static void Warp(ReadOnlySpan<byte> source, Span<byte> result, int width, int height, ReadOnlySpan<double> m)
    {
        result.Clear();
        int right = Fix(m[0]), down = Fix(m[1]), rightY = Fix(m[3]), downY = Fix(m[4]);
        int startX = Fix(m[2] + m[0] * 0.5 + m[1] * 0.5), startY = Fix(m[5] + m[3] * 0.5 + m[4] * 0.5);
        for (var y = 0; y < height; y++, startX += down, startY += downY)
        {
            var (x, yy) = (startX, startY);
            for (var i = y * width * 3; i < (y + 1) * width * 3; i += 3, x += right, yy += rightY)
            {
                var (column, row) = (x >> 16, yy >> 16);
                if ((uint)column < (uint)width && (uint)row < (uint)height) source.Slice((row * width + column) * 3, 3).CopyTo(result[i..]);
            }
        }
    }

    private static int Fix(double value) => (int)Math.Floor(value * One + 0.5);
}
