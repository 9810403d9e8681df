using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Makes rows of samples as long as the image's, from components that have fewer. Every vector width gives the same bytes.</summary>
internal sealed class JpegRows(VectorWidth vectorWidth)
{
    /// <summary>Elements before and after the sums: a vector may begin at the last sum, and its right neighbours one later.</summary>
    private const int Margin = 64;

    private ushort[] _sums = [];
    private byte[] _row = [];

    /// <summary>The samples of a row of the image.</summary>
    /// <param name="component">Its samples must be there, those of the rows above and below too.</param>
    /// <param name="y">The row within the image.</param>
    /// <param name="width">Pixels of a row.</param>
    public ReadOnlySpan<byte> Get(JpegComponent component, int y, int width)
    {
        if (component.Upsampling == JpegUpsampling.None) return component.Row(y)[..width];
        Scratch.Grow(ref _row, 2 * (component.Width + Margin) + width);
        Scratch.Grow(ref _sums, component.Width + 2 * Margin);
        var row = component.Row(y / component.RepeatRows)[..component.Width];
        switch (component.Upsampling)
        {
            case JpegUpsampling.Repeat:
                if (component.RepeatColumns == 1) return component.Row(y / component.RepeatRows)[..width];
                Repeat(row, component.RepeatColumns);
                break;
            case JpegUpsampling.SmoothRows:
                AddRows(row, Other(component, y));
                Quarter(width, (ushort)(1 + (y & 1)));
                break;
            case JpegUpsampling.SmoothColumns:
                CopyRow(row);
                SmoothColumns(row.Length, 1, 2, 2);
                break;
            default:
                AddRows(row, Other(component, y));
                SmoothColumns(row.Length, 8, 7, 4);
                break;
        }
        return _row.AsSpan(0, width);
    }

    /// <summary>Gives back what only a wide image needs.</summary>
    public void Release()
    {
        Scratch.Shrink(ref _sums, JpegOutput.LargestKept);
        Scratch.Shrink(ref _row, JpegOutput.LargestKept);
    }

    /// <summary>Of two rows that make one, the farther one.</summary>
    private static ReadOnlySpan<byte> Other(JpegComponent component, int y) => component.Row(y / 2 + ((y & 1) == 0 ? -1 : 1))[..component.Width];

    /// <summary>Writes each sample so many times.</summary>
    private void Repeat(ReadOnlySpan<byte> row, int times)
    {
        // At most three bytes more than the row has, which the margins hold.
        var to = _row.AsSpan();
        foreach (var sample in row)
        {
            MemoryMarshal.Write(to, sample * 0x01010101u);
            to = to[times..];
        }
    }

    /// <summary>Makes a sample of each sum of four.</summary>
    private void Quarter(int count, ushort rounding)
    {
        var sums = _sums.AsSpan(Margin, count);
        var x = 0;
        if (vectorWidth != VectorWidth.Scalar)
        {
            var half = new Vector<ushort>(rounding);
            for (; x <= count - Vector<byte>.Count; x += Vector<byte>.Count)
            {
                var low = (new Vector<ushort>(sums[x..]) + half) >>> 2;
                var high = (new Vector<ushort>(sums[(x + Vector<ushort>.Count)..]) + half) >>> 2;
                Vector.Narrow(low, high).CopyTo(_row.AsSpan(x));
            }
        }
        for (; x < count; x++) _row[x] = (byte)((sums[x] + rounding) >> 2);
    }

    private void CopyRow(ReadOnlySpan<byte> row)
    {
        var sums = _sums.AsSpan(Margin, row.Length);
        var x = 0;
        if (vectorWidth != VectorWidth.Scalar)
        {
            for (; x <= row.Length - Vector<byte>.Count; x += Vector<byte>.Count)
            {
                Vector.Widen(new Vector<byte>(row[x..]), out var low, out var high);
                low.CopyTo(sums[x..]);
                high.CopyTo(sums[(x + Vector<ushort>.Count)..]);
            }
        }
        for (; x < row.Length; x++) sums[x] = row[x];
    }

    /// <summary>Adds three times a row and once another.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddRows(ReadOnlySpan<byte> row, ReadOnlySpan<byte> other)
    {
        var sums = _sums.AsSpan(Margin, row.Length);
        var x = 0;
        if (vectorWidth != VectorWidth.Scalar)
        {
            for (; x <= row.Length - Vector<byte>.Count; x += Vector<byte>.Count)
            {
                Vector.Widen(new Vector<byte>(row[x..]), out var low, out var high);
                Vector.Widen(new Vector<byte>(other[x..]), out var otherLow, out var otherHigh);
                (low + low + low + otherLow).CopyTo(sums[x..]);
                (high + high + high + otherHigh).CopyTo(sums[(x + Vector<ushort>.Count)..]);
            }
        }
        for (; x < row.Length; x++) sums[x] = (ushort)(3 * row[x] + other[x]);
    }

    /// <summary>Makes two samples of each sum: three times itself and once its neighbour, which beyond the ends is itself.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SmoothColumns(int count, ushort leftRounding, ushort rightRounding, int shift)
    {
        (_sums[Margin - 1], _sums[Margin + count]) = (_sums[Margin], _sums[Margin + count - 1]);
        if (vectorWidth != VectorWidth.Scalar)
        {
            // Within the margins: at most a vector (32 numbers of 512 bits) less one beyond the last sum, and twice as many bytes.
            ref var sums = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_sums), Margin);
            ref var bytes = ref MemoryMarshal.GetArrayDataReference(_row);
            var (left, right) = (new Vector<ushort>(leftRounding), new Vector<ushort>(rightRounding));
            for (nint x = 0; x < count; x += Vector<ushort>.Count)
            {
                var sum = Vector.LoadUnsafe(ref Unsafe.Add(ref sums, x));
                sum += sum + sum;
                var even = (sum + Vector.LoadUnsafe(ref Unsafe.Add(ref sums, x - 1)) + left) >>> shift;
                var odd = (sum + Vector.LoadUnsafe(ref Unsafe.Add(ref sums, x + 1)) + right) >>> shift;
                Vector.AsVectorByte(even | odd << 8).StoreUnsafe(ref Unsafe.Add(ref bytes, 2 * x));
            }
            return;
        }
        for (var x = 0; x < count; x++)
        {
            var three = 3 * _sums[Margin + x];
            _row[2 * x] = (byte)((three + _sums[Margin + x - 1] + leftRounding) >> shift);
            _row[2 * x + 1] = (byte)((three + _sums[Margin + x + 1] + rightRounding) >> shift);
        }
    }
}
