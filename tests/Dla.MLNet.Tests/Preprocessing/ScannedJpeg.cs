namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>
/// JPEG files of three components in several scans: one for each component, or progressive with the means of all blocks first.
/// </summary>
internal sealed class ScannedJpeg : IDisposable
{
    private readonly MemoryStream _file = new();
    private int _bits;
    private int _bitCount;

    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="sampling">Pixels of a row, and rows, that share their color: 2 for 4:2:0, 1 for 4:4:4.</param>
    /// <param name="progressive">Whether the file is progressive.</param>
    public static byte[] Make(int width, int height, int sampling, bool progressive)
    {
        using var jpeg = new ScannedJpeg();
        jpeg.WriteHeader(width, height, sampling, progressive);
        if (progressive) jpeg.WriteProgressive(width, height, sampling);
        else jpeg.WriteSequential(width, height, sampling);
        jpeg._file.Write([0xFF, 0xD9]);
        return jpeg._file.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void WriteHeader(int width, int height, int sampling, bool progressive)
    {
        _file.Write([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, .. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        _file.Write([0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)8, 64)]);
        _file.Write([0xFF, (byte)(progressive ? 0xC2 : 0xC0), 0, 17, 8]);
        _file.Write([(byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width,
            3, 1, (byte)(17 * sampling), 0, 2, 0x11, 0, 3, 0x11, 0]);
        // DC, 0: no difference, 10: a difference of 4 bits. AC, 0: a block of zeros, 10: 2^14 and more of them.
        _file.Write([0xFF, 0xC4, 0, 21, 0x00, 1, 1, .. new byte[14], 0, 4]);
        _file.Write([0xFF, 0xC4, 0, 21, 0x10, 1, 1, .. new byte[14], 0x00, 0xE0]);
    }

    private void WriteSequential(int width, int height, int sampling)
    {
        for (byte component = 1; component <= 3; component++)
        {
            _file.Write([0xFF, 0xDA, 0, 8, 1, component, 0, 0, 63, 0]);
            for (var blocks = Blocks(component, width, height, sampling); blocks > 0; blocks--) Put(0, 2);
            EndScan();
        }
    }

    private void WriteProgressive(int width, int height, int sampling)
    {
        _file.Write([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0]);
        var (columns, rows) = (Ceiling(width, 8 * sampling), Ceiling(height, 8 * sampling));
        for (var block = 0; block < columns * rows * (sampling * sampling + 2); block++)
        {
            if (block % 40 == 0) Put(block % 80 == 0 ? 0b10_1000 : 0b10_0111, 6);   // 8 more, 8 less
            else Put(0, 1);
        }
        EndScan();
        for (byte component = 1; component <= 3; component++)
        {
            _file.Write([0xFF, 0xDA, 0, 8, 1, component, 0, 1, 63, 0]);
            var blocks = Blocks(component, width, height, sampling);
            for (; blocks >= 1 << 14; blocks -= 1 << 14) Put(0b10 << 14, 16);
            for (; blocks > 0; blocks--) Put(0, 1);
            EndScan();
        }
    }

    private static int Blocks(int component, int width, int height, int sampling)
    {
        var scale = component == 1 ? 8 : 8 * sampling;
        return Ceiling(width, scale) * Ceiling(height, scale);
    }

    private static int Ceiling(int size, int by) => (size + by - 1) / by;

    private void Put(int value, int count)
    {
        _bits = _bits << count | value;
        for (_bitCount += count; _bitCount >= 8; _bitCount -= 8) PutByte((byte)(_bits >> (_bitCount - 8)));
        _bits &= (1 << _bitCount) - 1;
    }

    private void PutByte(byte value)
    {
        _file.WriteByte(value);
        if (value == 0xFF) _file.WriteByte(0);
    }

    private void EndScan()
    {
        if (_bitCount > 0) Put((1 << (8 - _bitCount)) - 1, 8 - _bitCount);
    }
}
