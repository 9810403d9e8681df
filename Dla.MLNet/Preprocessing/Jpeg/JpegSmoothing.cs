using System.Numerics;

namespace Dla.MLNet;

/// <summary>
/// Guesses the coefficients that the missing scans of an unfinished progressive file would give, from the DC coefficients of 5 × 5 blocks,
/// with the numbers of libjpeg-turbo 2.1.5: fewer edges between the blocks.
/// </summary>
/// <remarks>Coefficients 1 to 9 in the order of the file are guessed where they are 0. While none of them has come, so is the DC coefficient.</remarks>
internal sealed class JpegSmoothing
{
    private const int Guessed = 10;   // coefficients
    private const int Side = 5;       // blocks

    // The weights of 25 DC coefficients, divided by 256. All but those of the DC coefficient itself are symmetric or antisymmetric.
    private static readonly int[] DcOnly =
    [
        -2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2,
        -1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1,
        -1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1,
        0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0,
        -1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1,
        0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0,
    ];

    // The same when some AC coefficients are known: only the first five of them are guessed.
    private static readonly int[] Refining =
    [
        .. new int[Side * Side],
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0,
        0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0,
        0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    private readonly VectorWidth _vectorWidth;
    private readonly int[][] _dc = new int[Side][];
    private readonly int[][] _sums = new int[Guessed][];
    private readonly short[] _block = new short[64];

    private JpegSmoothing(int columns, VectorWidth vectorWidth)
    {
        _vectorWidth = vectorWidth;
        var length = columns + Vector<int>.Count + Side;   // a vector may begin at the last column
        for (var i = 0; i < Side; i++) _dc[i] = new int[length];
        for (var k = 0; k < Guessed; k++) _sums[k] = new int[length];
    }

    /// <summary>What smooths an image; <see langword="null"/> when there is nothing to guess.</summary>
    public static JpegSmoothing? For(ReadOnlySpan<JpegComponent> components, VectorWidth vectorWidth)
    {
        var (unfinished, columns) = (false, 0);
        foreach (var component in components)
        {
            for (var k = 0; k < Guessed; k++)
            {
                if (component.Quantization[JpegScan.RowOrder[k]] == 0) return null;   // it is divided by
            }
            unfinished |= component.UnknownBits.AsSpan(1, Guessed - 1).ContainsAnyExcept(0);
            columns = Math.Max(columns, component.Columns);
        }
        return unfinished ? new(columns, vectorWidth) : null;
    }

    /// <summary>Transforms a row of blocks to samples.</summary>
    public void Transform(JpegComponent component, int y)
    {
        var unknown = component.UnknownBits.AsSpan(0, Guessed);
        var dcOnly = !unknown[1..].ContainsAnyExcept(-1);
        var (first, end) = dcOnly ? (0, Guessed) : (1, 6);
        ReadDc(component, y);
        for (var k = first; k < end; k++)
        {
            if (unknown[k] != 0 || k == 0) Weigh(component.Columns, (dcOnly ? DcOnly : Refining).AsSpan(k * Side * Side, Side * Side), _sums[k]);
        }
        var blocks = component.Coefficients.Slice(y * component.BlocksPerRow * 64, component.Columns * 64);
        var samples = component.Samples[component.RowOffset(8 * y)..];
        for (var x = 0; x < component.Columns; x++, blocks = blocks[64..])
        {
            blocks[..64].CopyTo(_block);
            for (var k = first; k < end; k++)
            {
                ref var coefficient = ref _block[JpegScan.RowOrder[k]];
                if (k > 0 && (unknown[k] == 0 || coefficient != 0)) continue;
                coefficient = Guess(component, k, unknown[k], _sums[k][x]);
            }
            InverseDct.RunAny(_block, component.Quantization, samples[(8 * x)..], component.Stride, _vectorWidth);
        }
    }

    /// <summary>Reads the DC coefficients of a row and the two above and below, with two more at either end.</summary>
    private void ReadDc(JpegComponent component, int y)
    {
        var (columns, last) = (component.Columns, component.Columns - 1);
        for (var i = 0; i < Side; i++)
        {
            var row = component.Coefficients[(Neighbor(component, y, i - 2) * component.BlocksPerRow * 64)..];
            var dc = _dc[i];
            for (var x = 0; x < columns; x++) dc[2 + x] = row[64 * x];
            // libjpeg-turbo 2.1.5 repeats the ends, but of two columns it takes the first for those on the right.
            (dc[0], dc[1]) = (dc[2], dc[2]);
            dc[2 + columns] = dc[3 + columns] = dc[2 + (columns == 2 ? 0 : last)];
        }
    }

    /// <summary>The row of blocks that stands for the one <paramref name="offset"/> below a row.</summary>
    /// <remarks>
    /// That is the row itself or the nearest within the image. But libjpeg-turbo 2.1.5 takes the next row for the one after it
    /// where both are in the second or the last but one row of MCUs.
    /// </remarks>
    private static int Neighbor(JpegComponent component, int y, int offset)
    {
        var (mcuRow, inMcu, lastMcuRow) = (y / component.Vertical, y % component.Vertical, (component.BlockRows - 1) / component.Vertical);
        var inside = mcuRow < lastMcuRow ? component.Vertical : component.Rows - lastMcuRow * component.Vertical;
        return offset switch
        {
            -2 when inMcu > 1 || mcuRow > 1 => y - 2,
            < 0 => Math.Max(y - 1, 0),
            0 => y,
            2 when inMcu < inside - 2 || mcuRow + 1 < lastMcuRow => y + 2,
            _ => Math.Min(y + 1, component.Rows - 1),
        };
    }

    /// <summary>Adds up the DC coefficients around each block of a row.</summary>
    private void Weigh(int columns, ReadOnlySpan<int> weights, int[] sums)
    {
        sums.AsSpan().Clear();
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0) continue;
            var (weight, dc, from) = (new Vector<int>(weights[i]), _dc[i / Side], i % Side);
            for (var x = 0; x < columns; x += Vector<int>.Count) (new Vector<int>(sums, x) + new Vector<int>(dc, from + x) * weight).CopyTo(sums, x);
        }
    }

    private static short Guess(JpegComponent component, int k, int unknownBits, int sum)
    {
        var number = (ushort)component.Quantization[0] * (long)sum;
        long factor = (ushort)component.Quantization[JpegScan.RowOrder[k]];
        var magnitude = Math.Abs(number);
        if (magnitude < factor << 7) return 0;
        var guess = (int)(((factor << 7) + magnitude) / (factor << 8));
        if (k > 0 && unknownBits > 0) guess = Math.Min(guess, (1 << unknownBits) - 1);   // more would be known
        return (short)(number < 0 ? -guess : guess);
    }
}
