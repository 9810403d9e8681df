using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>
/// Decodes sequential and progressive JPEG files of 8 bits with Huffman coding to the bytes of Pillow on libjpeg-turbo: its integer DCT,
/// its smooth upsampling, its rounding. When the data end before the pixels do, Pillow continues in gray; here that is an error.
/// </summary>
/// <remarks>
/// A file of one scan is decoded a row of MCUs at a time. Other sequential files take a byte a sample, progressive ones a coefficient of two.
/// Less than a megabyte of tables and rows is kept for the next image. For one thread at a time.
/// </remarks>
internal sealed class JpegDecoder
{
    /// <summary>The format's name, for messages.</summary>
    public const string Format = "JPEG";

    [ThreadStatic]
    private static JpegDecoder? _idle;

    private readonly JpegFrame _frame = new();
    private readonly JpegScanReader _reader;
    private readonly JpegOutput _output;
    private readonly JpegBudget _budget;
    private readonly VectorWidth _vectorWidth;

    /// <summary>Makes a decoder that uses vectors of a width.</summary>
    public JpegDecoder(VectorWidth vectorWidth)
    {
        _vectorWidth = vectorWidth;
        _reader = new(_frame, vectorWidth);
        _output = new(_frame, vectorWidth);
        _budget = new(_frame);
    }

    /// <summary>Decodes a JPEG file, upright by its EXIF block on request, with this thread's decoder.</summary>
    /// <inheritdoc cref="Run"/>
    public static void Decode(ReadOnlySpan<byte> encoded, bool upright, long maxPixels, IPixelSink sink)
    {
        var decoder = _idle ?? new(VectorWidths.Widest);
        _idle = null;   // a sink may decode, too
        try
        {
            decoder.Run(encoded, upright, maxPixels, sink);
        }
        finally
        {
            _idle = decoder;
        }
    }

    /// <summary>Decodes a JPEG file.</summary>
    /// <exception cref="ImageDecodeException">
    /// The file is truncated, corrupt, of a kind that is not supported, has more than <paramref name="maxPixels"/> pixels, or takes too much work.
    /// </exception>
    public void Run(ReadOnlySpan<byte> encoded, bool upright, long maxPixels, IPixelSink sink)
    {
        _frame.Reset(upright);
        var bits = new JpegBits(encoded, 2);
        try
        {
            bits.NextMarker();
            if (!ReadToScan(ref bits, encoded)) throw bits.Marker == JpegBits.EndOfFile ? ImageDecodeException.Truncated(Format) : Corrupt("it has no scan");
            PixelLimit.Check(_frame.Width, _frame.Height, maxPixels);
            var hasOneScan = !_frame.Progressive && _frame.Scan.Length == _frame.Components.Length;
            _budget.Begin(maxPixels, hasOneScan ? [] : encoded[bits.Position..]);
            if (hasOneScan) ReadRows(ref bits, encoded, sink);
            else if (_frame.Progressive) ReadProgressive(ref bits, encoded, sink);
            else ReadPlanes(ref bits, encoded, sink);
        }
        finally
        {
            foreach (var component in _frame.Components) component.Dispose();
            _output.Release();
        }
    }

    /// <summary>The reason why a file cannot be read.</summary>
    public static ImageDecodeException Corrupt(string reason) => ImageDecodeException.Corrupt(Format, reason);

    /// <summary>Reads segments up to the next scan or the end of the image. The current marker is the first.</summary>
    /// <returns>Whether there is a scan.</returns>
    private bool ReadToScan(ref JpegBits bits, ReadOnlySpan<byte> encoded)
    {
        for (; bits.Marker is not (0xD9 or JpegBits.EndOfFile); bits.NextMarker())
        {
            var marker = bits.Marker;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7)) continue;   // those have no segment
            _frame.RequireKnown(marker);
            if (bits.Left < 2) break;
            var length = BinaryPrimitives.ReadUInt16BigEndian(encoded[bits.Position..]);
            if (length < 2) throw Corrupt($"the segment of its marker FF {marker:X2} has a wrong length");
            if (length > bits.Left) break;
            var segment = encoded.Slice(bits.Position + 2, length - 2);
            bits.Position += length;
            if (marker == 0xDA)
            {
                _frame.ReadScan(segment, encoded[bits.Position..]);
                return true;
            }
            _frame.ReadSegment(marker, segment);
        }
        if (bits.Marker != 0xD9) bits.Marker = JpegBits.EndOfFile;   // a segment is cut off
        return false;
    }

    /// <summary>Reads on after a scan to the next one or the end of the image.</summary>
    /// <returns>Whether there is a scan.</returns>
    private bool ReadToNextScan(ref JpegBits bits, ReadOnlySpan<byte> encoded)
    {
        bits.FindMarker();
        return ReadToScan(ref bits, encoded);
    }

    /// <summary>Decodes a file of one scan, a row of MCUs at a time.</summary>
    private void ReadRows(ref JpegBits bits, ReadOnlySpan<byte> encoded, IPixelSink sink)
    {
        foreach (var component in _frame.Components) component.TakeRing();
        _output.Begin(sink);
        _reader.Start(ref bits);
        for (var mcuRow = 0; mcuRow < _frame.McuRows; mcuRow++)
        {
            _reader.ReadMcuRow(ref bits, mcuRow);
            _output.Write(mcuRow, sink);
        }
        JpegScanReader.End(in bits);
        // All pixels are there. A missing end marker harms nobody, but what comes before it must make sense.
        if (ReadToNextScan(ref bits, encoded)) throw Corrupt("a second scan follows the one that has all components");
    }

    /// <summary>Decodes a sequential file whose components come in several scans.</summary>
    private void ReadPlanes(ref JpegBits bits, ReadOnlySpan<byte> encoded, IPixelSink sink)
    {
        var read = 0;
        do
        {
            if (read > 0) _budget.Spend(_frame.ScanBlocks);
            foreach (var component in _frame.Scan)
            {
                var mask = 1 << _frame.Components.IndexOf(component);
                if ((read & mask) != 0) throw Corrupt($"its component {component.Id} has two scans");
                read |= mask;
                component.TakePlane();
            }
            _reader.ReadSamples(ref bits);
        }
        while (ReadToNextScan(ref bits, encoded));
        RequireEnd(bits.Marker);
        if (read != (1 << _frame.Components.Length) - 1) throw Corrupt("some of its components have no data");
        _output.Begin(sink);
        for (var mcuRow = 0; mcuRow < _frame.McuRows; mcuRow++) _output.Write(mcuRow, sink);
    }

    /// <summary>Reads all scans of a progressive file into memory for the whole image's coefficients, and transforms them.</summary>
    private void ReadProgressive(ref JpegBits bits, ReadOnlySpan<byte> encoded, IPixelSink sink)
    {
        foreach (var component in _frame.Components) component.TakeCoefficients();
        var isFirst = true;
        do
        {
            if (!isFirst) _budget.Spend(_frame.ScanBlocks);
            isFirst = false;
            _reader.ReadCoefficients(ref bits);
        }
        while (ReadToNextScan(ref bits, encoded));
        RequireEnd(bits.Marker);
        foreach (var component in _frame.Components)
        {
            if (!component.HasDc) throw Corrupt("some of its components have no data");
            component.TakeRing();
        }
        var smoothing = JpegSmoothing.For(_frame.Components, _vectorWidth);
        _output.Begin(sink);
        for (var mcuRow = 0; mcuRow < _frame.McuRows; mcuRow++)
        {
            foreach (var component in _frame.Components)
            {
                var end = Math.Min((mcuRow + 1) * component.Vertical, component.Rows);
                for (var y = mcuRow * component.Vertical; y < end; y++)
                {
                    if (smoothing is null) Transform(component, y);
                    else smoothing.Transform(component, y);
                }
            }
            _output.Write(mcuRow, sink);
        }
    }

    private void Transform(JpegComponent component, int y)
    {
        var blocks = component.Coefficients.Slice(y * component.BlocksPerRow * 64, component.Columns * 64);
        var samples = component.Samples[component.RowOffset(8 * y)..];
        for (var x = 0; blocks.Length > 0; x += 8, blocks = blocks[64..])
            InverseDct.RunAny(blocks[..64], component.Quantization, samples[x..], component.Stride, _vectorWidth);
    }

    private static void RequireEnd(int marker)
    {
        if (marker == JpegBits.EndOfFile) throw ImageDecodeException.Truncated(Format);
    }
}
