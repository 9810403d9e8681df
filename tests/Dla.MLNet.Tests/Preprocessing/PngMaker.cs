using System.Buffers.Binary;
using System.IO.Compression;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Writes PNG files of random values in every kind of the standard, and knows the pixels that they must become.</summary>
internal sealed class PngMaker
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private readonly Random _random;
    private readonly int[] _values;

    public PngMaker(int width, int height, int depth, int color, int seed = 1)
    {
        (Width, Height, Depth, Color, _random) = (width, height, depth, color, new(seed));
        _values = new int[width * height * Channels];
        for (var i = 0; i < _values.Length; i++) _values[i] = _random.Next(1 << depth);
        Palette = color == 3 ? new byte[3 << depth] : [];
        _random.NextBytes(Palette);
    }

    public int Width { get; }

    public int Height { get; }

    public int Depth { get; }

    public int Color { get; }

    public byte[] Palette { get; set; }

    public bool Interlaced { get; init; }

    /// <summary>The filter of all rows; 5 takes them in turn.</summary>
    public int Filter { get; init; } = 5;

    /// <summary>Bytes of an IDAT chunk.</summary>
    public int ChunkLength { get; init; } = int.MaxValue;

    /// <summary>Chunks before the palette.</summary>
    public IReadOnlyList<(string Type, byte[] Data)> Before { get; init; } = [];

    /// <summary>Chunks after the pixels.</summary>
    public IReadOnlyList<(string Type, byte[] Data)> After { get; init; } = [];

    private int Channels => Color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>The RGB bytes of the image.</summary>
    public byte[] Pixels()
    {
        var pixels = new byte[Width * Height * 3];
        for (var i = 0; i < Width * Height; i++)
        {
            var values = _values.AsSpan(i * Channels, Channels);
            for (var c = 0; c < 3; c++)
            {
                pixels[i * 3 + c] = (byte)(Color switch
                {
                    3 => values[0] * 3 < Palette.Length ? Palette[values[0] * 3 + c] : values[0],
                    2 or 6 => Depth == 16 ? values[c] >> 8 : values[c],
                    4 => Depth == 16 ? values[0] >> 8 : values[0],
                    _ => Depth == 16 ? (int)Math.Round(values[0] / 257.0) : values[0] * 255 / ((1 << Depth) - 1),
                });
            }
        }
        return pixels;
    }

    /// <summary>The file.</summary>
    public byte[] ToArray()
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9], header[12]) = ((byte)Depth, (byte)Color, (byte)(Interlaced ? 1 : 0));
        Chunk(png, "IHDR", header);
        foreach (var (type, data) in Before) Chunk(png, type, data);
        if (Palette.Length > 0) Chunk(png, "PLTE", Palette);
        foreach (var part in Packed().Chunk(ChunkLength)) Chunk(png, "IDAT", part);
        foreach (var (type, data) in After) Chunk(png, type, data);
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    public static void Chunk(MemoryStream png, string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, CheckSum(body));
        png.Write(number);
    }

    /// <summary>Compressed bytes.</summary>
    public static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(bytes);
        return packed.ToArray();
    }

    private byte[] Packed()
    {
        using var rows = new MemoryStream();
        foreach (var (left, top, stepX, stepY) in Interlaced ? Passes : [(0, 0, 1, 1)])
        {
            byte[]? above = null;
            for (int y = top, i = 0; y < Height && left < Width; y += stepY, i++)
            {
                var row = Pack(y, left, stepX);
                Write(rows, row, above ?? new byte[row.Length], Filter == 5 ? i % 5 : Filter);
                above = row;
            }
        }
        return Deflate(rows.ToArray());
    }

    private byte[] Pack(int y, int left, int step)
    {
        var bits = new List<bool>();
        for (var x = left; x < Width; x += step)
        {
            foreach (var value in _values.AsSpan((y * Width + x) * Channels, Channels))
                for (var bit = Depth - 1; bit >= 0; bit--) bits.Add((value >> bit & 1) != 0);
        }
        return [.. bits.Chunk(8).Select(b => (byte)b.Select((set, i) => set ? 0x80 >> i : 0).Sum())];
    }

    private void Write(MemoryStream rows, byte[] row, byte[] above, int filter)
    {
        rows.WriteByte((byte)filter);
        var distance = Math.Max(1, Depth * Channels / 8);
        for (var i = 0; i < row.Length; i++)
        {
            int a = i < distance ? 0 : row[i - distance], b = above[i], c = i < distance ? 0 : above[i - distance];
            var (pa, pb, pc) = (Math.Abs(b - c), Math.Abs(a - c), Math.Abs(a + b - 2 * c));
            rows.WriteByte((byte)(row[i] - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => pa <= pb && pa <= pc ? a : pb <= pc ? b : c }));
        }
    }

    /// <summary>The checksum bit by bit, independent of the decoder's.</summary>
    private static uint CheckSum(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
