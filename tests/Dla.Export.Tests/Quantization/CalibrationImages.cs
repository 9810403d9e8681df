using System.Buffers.Binary;

namespace Dla.Export.Tests;

/// <summary>Made-up pictures as BMP files: a few soft blobs of colour with noise, different for each index.</summary>
internal static class CalibrationImages
{
    public static IEnumerable<ReadOnlyMemory<byte>> Take(int count, int size = 64) =>
        Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)Bitmap(i, size));

    public static byte[] Bitmap(int seed, int size)
    {
        var random = new Random(seed);
        var blobs = Enumerable.Range(0, 6).Select(_ => (X: random.Next(size), Y: random.Next(size), Radius: random.Next(size / 8, size),
            Colour: (int[])[random.Next(-200, 200), random.Next(-200, 200), random.Next(-200, 200)])).ToArray();
        var row = (size * 3 + 3) / 4 * 4;
        var file = new byte[54 + row * size];
        (file[0], file[1], file[10], file[14], file[26], file[28]) = ((byte)'B', (byte)'M', 54, 40, 1, 24);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), size);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), size);
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
                for (var c = 0; c < 3; c++)
                {
                    var value = 128.0 + random.Next(-12, 12);
                    foreach (var b in blobs) value += b.Colour[c] * Math.Exp(-((x - b.X) * (x - b.X) + (y - b.Y) * (y - b.Y)) / (double)(b.Radius * b.Radius));
                    file[54 + y * row + x * 3 + c] = (byte)Math.Clamp(value, 0, 255);
                }
        return file;
    }
}
