using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dla.MLNet;

/// <summary>
/// Resizes rows to the columns of a window. The sums are exact in 32 bits, so that their order, and with it the vector width, has no influence.
/// </summary>
internal sealed class HorizontalPass(VectorWidth vectorWidth)
{
    /// <summary>Source pixels of a result are filled up to a multiple of this, with weights of 0: four make 512 bits.</summary>
    private const int Group = 4;

    private readonly ResamplingWeights _weights = new();
    private int[] _starts = [];
    private int[] _spread = [];
    private VectorWidth _width;
    private int _channels;
    private int _taps;

    /// <summary>The first source column that has an influence on the window, or is read to fill a vector.</summary>
    public int FirstColumn { get; private set; }

    /// <summary>The number of source columns from <see cref="FirstColumn"/> on that are read.</summary>
    public int Columns { get; private set; }

    /// <summary>Bytes of memory that are held for the next image.</summary>
    public long HeldBytes => _weights.HeldBytes + sizeof(int) * ((long)_starts.Length + _spread.Length);

    /// <summary>Sets the sizes.</summary>
    /// <returns>Bytes of a resized row.</returns>
    public int Prepare(int sourceWidth, int channels, ResizedWindow window, ImageInterpolation interpolation)
    {
        _weights.Compute(sourceWidth, window.ResizedWidth, window.Left, window.Width, interpolation);
        _channels = channels;
        _taps = (_weights.MaxTaps + Group - 1) / Group * Group;
        _width = channels == 4 && _taps <= sourceWidth ? vectorWidth : VectorWidth.Scalar;
        var (first, end) = (_weights.Starts[0], _weights.End(window.Width - 1));
        if (_width == VectorWidth.Scalar) (FirstColumn, Columns) = (first, end - first);
        else
        {
            FirstColumn = Math.Min(first, sourceWidth - _taps);
            Columns = Math.Max(end - FirstColumn, _taps);
            Spread();
        }
        return window.Width * channels;
    }

    /// <summary>Resizes one row.</summary>
    /// <param name="source">
    /// Exactly the columns that are read: <see cref="Columns"/> · channels bytes from <see cref="FirstColumn"/> on.
    /// </param>
    /// <param name="row">Receives window width · channels bytes.</param>
    public void Run(ReadOnlySpan<byte> source, Span<byte> row)
    {
        switch (_width)
        {
            case VectorWidth.Bits512:
                Run512(source, MemoryMarshal.Cast<byte, uint>(row));
                break;
            case VectorWidth.Bits256:
                Run256(source, MemoryMarshal.Cast<byte, uint>(row));
                break;
            case VectorWidth.Bits128:
                Run128(source, MemoryMarshal.Cast<byte, uint>(row));
                break;
            default:
                RunScalar(source, row);
                break;
        }
    }

    /// <summary>
    /// Writes each weight four times, once for each channel, and moves runs of source pixels that would read beyond the columns
    /// to their end.
    /// </summary>
    private void Spread()
    {
        Scratch.Grow(ref _starts, _weights.Count);
        Scratch.Grow(ref _spread, checked(_weights.Count * _taps * 4));
        var spread = _spread.AsSpan(0, _weights.Count * _taps * 4);
        spread.Clear();
        for (var x = 0; x < _weights.Count; x++)
        {
            _starts[x] = Math.Min(_weights.Starts[x] - FirstColumn, Columns - _taps);
            var moved = _weights.Starts[x] - FirstColumn - _starts[x];
            var weights = _weights[x];
            for (var k = 0; k < weights.Length; k++) spread.Slice((x * _taps + moved + k) * 4, 4).Fill(weights[k]);
        }
    }

    // The three differ in width alone. Loads stay within the source: every start + taps is at most Columns.
    private void Run512(ReadOnlySpan<byte> source, Span<uint> row)
    {
        ref var pixels = ref MemoryMarshal.GetReference(source);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_spread);
        nuint weight = 0;
        for (var x = 0; x < row.Length; x++)
        {
            var sum = Vector512<int>.Zero;
            var from = (nuint)_starts[x] * 4;
            for (var end = from + (nuint)_taps * 4; from < end; from += 16, weight += 16)
            {
                sum += Widen512(Vector128.LoadUnsafe(ref pixels, from)) * Vector512.LoadUnsafe(ref weights, weight);
            }
            var half = sum.GetLower() + sum.GetUpper();
            row[x] = Pack(half.GetLower() + half.GetUpper());
        }
    }

    private void Run256(ReadOnlySpan<byte> source, Span<uint> row)
    {
        ref var pixels = ref MemoryMarshal.GetReference(source);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_spread);
        nuint weight = 0;
        for (var x = 0; x < row.Length; x++)
        {
            var sum = Vector256<int>.Zero;
            var from = (nuint)_starts[x] * 4;
            for (var end = from + (nuint)_taps * 4; from < end; from += 16, weight += 16)
            {
                sum += Widen256(Vector64.LoadUnsafe(ref pixels, from)) * Vector256.LoadUnsafe(ref weights, weight);
                sum += Widen256(Vector64.LoadUnsafe(ref pixels, from + 8)) * Vector256.LoadUnsafe(ref weights, weight + 8);
            }
            row[x] = Pack(sum.GetLower() + sum.GetUpper());
        }
    }

    private void Run128(ReadOnlySpan<byte> source, Span<uint> row)
    {
        ref var pixels = ref MemoryMarshal.GetReference(source);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_spread);
        nuint weight = 0;
        for (var x = 0; x < row.Length; x++)
        {
            var sum = Vector128<int>.Zero;
            var from = (nuint)_starts[x] * 4;
            for (var end = from + (nuint)_taps * 4; from < end; from += 16, weight += 16)
            {
                var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref pixels, from));
                sum += Vector128.WidenLower(low).AsInt32() * Vector128.LoadUnsafe(ref weights, weight);
                sum += Vector128.WidenUpper(low).AsInt32() * Vector128.LoadUnsafe(ref weights, weight + 4);
                sum += Vector128.WidenLower(high).AsInt32() * Vector128.LoadUnsafe(ref weights, weight + 8);
                sum += Vector128.WidenUpper(high).AsInt32() * Vector128.LoadUnsafe(ref weights, weight + 12);
            }
            row[x] = Pack(sum);
        }
    }

    private void RunScalar(ReadOnlySpan<byte> source, Span<byte> row)
    {
        for (var x = 0; x < _weights.Count; x++)
        {
            var pixels = source[((_weights.Starts[x] - FirstColumn) * _channels)..];
            var weights = _weights[x];
            for (var c = 0; c < _channels; c++)
            {
                var sum = ResamplingWeights.Half;
                for (var k = 0; k < weights.Length; k++) sum += pixels[k * _channels + c] * weights[k];
                row[x * _channels + c] = ResamplingWeights.Clip(sum);
            }
        }
    }

    private static Vector512<int> Widen512(Vector128<byte> pixels)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Int32(pixels);
        return Vector512.Create(Widen256(pixels.GetLower()), Widen256(pixels.GetUpper()));
    }

    private static Vector256<int> Widen256(Vector64<byte> pixels)
    {
        var lower = Vector128.Create(pixels, default);
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(lower);
        var shorts = Vector128.WidenLower(lower);
        return Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts)).AsInt32();
    }

    /// <summary>Rounds and clips four sums to the bytes of a pixel.</summary>
    private static uint Pack(Vector128<int> sums)
    {
        var rounded = (sums + Vector128.Create(ResamplingWeights.Half)) >> ResamplingWeights.PrecisionBits;
        if (Sse41.IsSupported)
        {
            var packed = Sse41.PackUnsignedSaturate(rounded, rounded).AsInt16();
            return Sse2.PackUnsignedSaturate(packed, packed).AsUInt32().ToScalar();
        }
        var clipped = Vector128.Min(Vector128.Max(rounded, Vector128<int>.Zero), Vector128.Create(255)).AsUInt32();
        var shorts = Vector128.Narrow(clipped, clipped);
        return Vector128.Narrow(shorts, shorts).AsUInt32().ToScalar();
    }
}
