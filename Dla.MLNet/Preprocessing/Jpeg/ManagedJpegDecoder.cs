using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>
/// Decodes sequential and progressive JPEG files of 8 bits to the bytes of Pillow on libjpeg-turbo: its integer DCT,
/// its smooth upsampling, its rounding. Where the data end before the pixels do, Pillow goes on in gray; here that is an error.
/// </summary>
/// <remarks>Holds tables and a few rows, which later images reuse. For one thread at a time.</remarks>
internal sealed class ManagedJpegDecoder(VectorWidth vectorWidth)
{
    private const string Format = "JPEG";

    /// <summary>Honest files have about ten; each can cost a pass over the whole image.</summary>
    private const int MaxScans = 100;

    [ThreadStatic]
    private static ManagedJpegDecoder? _idle;

    private readonly JpegFrame _frame = new();
    private readonly JpegRows[] _rows = [new(vectorWidth), new(vectorWidth), new(vectorWidth), new(vectorWidth)];
    private readonly short[] _block = new short[64];
    private int _untilRestart;
    private int _nextRestart;
    private int _zeroBlocks;
    private bool _outOfData;

    /// <summary>Decodes a file with this thread's decoder.</summary>
    /// <returns>False where the file is of a kind that is left to another decoder.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, long maxPixels, out DecodedImage image)
    {
        var decoder = _idle ?? new(VectorWidths.Widest);
        _idle = null;
        try
        {
            return decoder.TryRun(encoded, maxPixels, out image);
        }
        finally
        {
            _idle = decoder;
        }
    }

    /// <summary>Decodes a file.</summary>
    /// <exception cref="ImageDecodeException">The file is truncated, corrupt, or has more than <paramref name="maxPixels"/> pixels.</exception>
    public bool TryRun(ReadOnlySpan<byte> encoded, long maxPixels, out DecodedImage image)
    {
        image = default;
        _frame.Reset();
        var bits = new JpegBits(encoded, 2);
        bits.NextMarker();
        if (!ReadToScan(ref bits, encoded) || bits.Marker != 0xDA) return false;
        var whole = _frame.Progressive || _frame.Scan.Length < _frame.Components.Length;
        var result = DecodedImage.Rent(_frame.Width, _frame.Height, maxPixels);
        var finished = false;
        try
        {
            if (whole && !ReadScans(ref bits, encoded)) return false;
            foreach (var component in _frame.Components) component.GrowSamples();
            if (whole) WriteImage(result);
            else ReadImage(ref bits, result);
            (image, finished) = (result, true);
            return true;
        }
        finally
        {
            foreach (var component in _frame.Components) component.ReturnCoefficients();
            if (!finished) result.Dispose();
        }
    }

    /// <summary>Reads segments up to the next scan or the end of the image. The current marker is the first.</summary>
    /// <returns>False where a segment is not known, or the file ends.</returns>
    private bool ReadToScan(ref JpegBits bits, ReadOnlySpan<byte> encoded)
    {
        while (true)
        {
            var marker = bits.Marker;
            if (marker is JpegBits.EndOfFile) return false;
            if (marker is 0xD9) return true;
            if (marker is not (0x01 or (>= 0xD0 and <= 0xD7)))   // those have no segment
            {
                if (bits.Left < 2) return false;
                var length = BinaryPrimitives.ReadUInt16BigEndian(encoded[bits.Position..]);
                if (length < 2 || length > bits.Left || !_frame.ReadSegment(marker, encoded.Slice(bits.Position + 2, length - 2))) return false;
                bits.Position += length;
                if (marker == 0xDA) return true;
            }
            bits.NextMarker();
        }
    }

    /// <summary>Reads all scans into memory for the whole image's coefficients.</summary>
    private bool ReadScans(ref JpegBits bits, ReadOnlySpan<byte> encoded)
    {
        foreach (var component in _frame.Components)
        {
            if ((long)component.BlocksPerRow * component.BlockRows * 64 > Array.MaxLength) return false;
            component.RentCoefficients();
        }
        for (var scans = 1; bits.Marker == 0xDA; scans++)
        {
            if (scans > MaxScans) throw ImageDecodeException.Corrupt(Format, $"it has more than {MaxScans} scans");
            StartScan(ref bits);
            if (_frame.Scan.Length == 1) ReadComponent(ref bits, _frame.Scan[0]);
            else ReadComponents(ref bits);
            if (!bits.FindMarker()) throw ImageDecodeException.Truncated(Format);
            if (!ReadToScan(ref bits, encoded)) return bits.Marker == JpegBits.EndOfFile ? throw ImageDecodeException.Truncated(Format) : false;
        }
        foreach (var component in _frame.Components)
        {
            if (!component.HasQuantization) return false;
        }
        return !IsSmoothed();
    }

    /// <summary>Whether libjpeg would guess the coefficients that an unfinished progressive file leaves out.</summary>
    private bool IsSmoothed()
    {
        if (!_frame.Progressive) return false;
        var unfinished = false;
        foreach (var component in _frame.Components)
        {
            if (component.UnknownBits[0] < 0) return false;
            unfinished |= component.UnknownBits.AsSpan(1, 9).ContainsAnyExcept(0);
        }
        return unfinished;
    }

    private void ReadComponents(ref JpegBits bits)
    {
        for (var mcuRow = 0; mcuRow < _frame.McuRows; mcuRow++)
        {
            for (var mcu = 0; mcu < _frame.McusPerRow; mcu++)
            {
                StartMcu(ref bits);
                foreach (var component in _frame.Scan)
                {
                    for (var y = mcuRow * component.Vertical; y < (mcuRow + 1) * component.Vertical; y++)
                        for (var x = mcu * component.Horizontal; x < (mcu + 1) * component.Horizontal; x++) ReadBlock(ref bits, component, x, y);
                }
                EndMcu(ref bits);
            }
        }
    }

    /// <summary>Reads a scan of one component: its MCUs are blocks, and those that only fill up are left out.</summary>
    private void ReadComponent(ref JpegBits bits, JpegComponent component)
    {
        var (columns, rows) = ((component.Width + 7) / 8, (component.Height + 7) / 8);
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                StartMcu(ref bits);
                ReadBlock(ref bits, component, x, y);
                EndMcu(ref bits);
            }
        }
    }

    private void ReadBlock(ref JpegBits bits, JpegComponent component, int x, int y)
    {
        var block = component.Coefficients.Slice((y * component.BlocksPerRow + x) * 64, 64);
        if (!_frame.Progressive) JpegScan.ReadBlock(ref bits, component, block);
        else if (_frame.First == 0 && _frame.HighBit == 0) block[0] = (short)(JpegScan.ReadDc(ref bits, component) << _frame.LowBit);
        else if (_frame.First == 0) JpegScan.RefineDc(ref bits, _frame, block);
        else if (_frame.HighBit == 0) JpegScan.ReadAc(ref bits, _frame, component.Ac, block, ref _zeroBlocks);
        else JpegScan.RefineAc(ref bits, _frame, component.Ac, block, ref _zeroBlocks);
    }

    /// <summary>Transforms the coefficients of the whole image.</summary>
    private void WriteImage(DecodedImage image)
    {
        var done = 0;
        for (var mcuRow = 0; mcuRow < _frame.McuRows; mcuRow++)
        {
            foreach (var component in _frame.Components)
            {
                var coefficients = component.Coefficients;
                for (var y = mcuRow * component.Vertical; y < (mcuRow + 1) * component.Vertical; y++)
                {
                    var samples = component.Samples[component.RowOffset(8 * y)..];
                    for (var x = 0; x < component.BlocksPerRow; x++)
                    {
                        var block = coefficients.Slice((y * component.BlocksPerRow + x) * 64, 64);
                        InverseDct.Run(block, component.Quantization, samples[(8 * x)..], component.Stride, vectorWidth);
                    }
                }
            }
            WriteRows(image, mcuRow, ref done);
        }
    }

    /// <summary>Decodes a file of one scan, a row of MCUs at a time.</summary>
    private void ReadImage(ref JpegBits bits, DecodedImage image)
    {
        StartScan(ref bits);
        var done = 0;
        for (var mcuRow = 0; mcuRow < _frame.McuRows; mcuRow++)
        {
            for (var mcu = 0; mcu < _frame.McusPerRow; mcu++)
            {
                StartMcu(ref bits);
                foreach (var component in _frame.Scan) ReadSamples(ref bits, component, mcuRow, mcu);
                EndMcu(ref bits);
            }
            WriteRows(image, mcuRow, ref done);
        }
        // A whole file goes on with a marker, or with what no decoder looks at.
        if (bits.Left < sizeof(long) && !bits.FindMarker()) throw ImageDecodeException.Truncated(Format);
    }

    private void ReadSamples(ref JpegBits bits, JpegComponent component, int mcuRow, int mcu)
    {
        for (var y = 0; y < component.Vertical; y++)
        {
            var samples = component.Samples[(component.RowOffset(8 * (mcuRow * component.Vertical + y)) + 8 * mcu * component.Horizontal)..];
            for (var x = 0; x < component.Horizontal; x++)
            {
                var block = _block.AsSpan();
                block.Clear();
                var isFlat = !JpegScan.ReadBlock(ref bits, component, block);
                if (isFlat) InverseDct.RunFlat(block[0], component.Quantization[0], samples[(8 * x)..], component.Stride);
                else InverseDct.Run(block, component.Quantization, samples[(8 * x)..], component.Stride, vectorWidth);
            }
        }
    }

    private void StartScan(ref JpegBits bits)
    {
        foreach (var component in _frame.Scan) component.LastDc = 0;
        (bits.Marker, _untilRestart, _nextRestart, _zeroBlocks, _outOfData) = (0, _frame.RestartInterval, 0, 0, false);
    }

    private void StartMcu(ref JpegBits bits)
    {
        if (_frame.RestartInterval > 0 && _untilRestart-- == 0) Restart(ref bits);
        if (_outOfData) throw ImageDecodeException.Corrupt(Format, "its data end before its pixels do");
    }

    /// <summary>Notices the end of the data, after which only a restart may come. (Some encoders leave out the last bits of all.)</summary>
    private void EndMcu(ref JpegBits bits)
    {
        if (!bits.Overrun) return;
        if (bits.Marker == JpegBits.EndOfFile) throw ImageDecodeException.Truncated(Format);
        _outOfData = true;
    }

    /// <summary>Goes on after the restart marker that is due.</summary>
    /// <remarks>Where another comes: markers that are late are passed over, and those that are early are left for later.</remarks>
    private void Restart(ref JpegBits bits)
    {
        if (!bits.FindMarker()) throw ImageDecodeException.Truncated(Format);
        while (bits.Marker != 0)
        {
            if (bits.Marker is >= 0xC0 and (< 0xD0 or > 0xD7)) break;   // no restart: nothing more comes
            var ahead = bits.Marker < 0xC0 ? 7 : (bits.Marker - 0xD0 - _nextRestart) & 7;
            if (ahead is 1 or 2) break;
            if (ahead is 6 or 7)
            {
                bits.NextMarker();
                if (bits.Marker == JpegBits.EndOfFile) throw ImageDecodeException.Truncated(Format);
            }
            else bits.Marker = 0;
        }
        foreach (var component in _frame.Scan) component.LastDc = 0;
        (_untilRestart, _nextRestart, _zeroBlocks) = (_frame.RestartInterval - 1, (_nextRestart + 1) & 7, 0);
        if (bits.Marker == 0) _outOfData = false;
    }

    /// <summary>Writes the pixels whose samples are complete.</summary>
    private void WriteRows(DecodedImage image, int mcuRow, ref int done)
    {
        // The last rows wait for the samples below.
        var end = mcuRow == _frame.McuRows - 1 ? image.Height : (mcuRow + 1) * 8 * _frame.MaxVertical - _frame.MaxVertical;
        var width = image.Width;
        for (; done < end; done++)
        {
            var pixels = image.Colors.Slice(done * width, width);
            var components = _frame.Components;
            var first = _rows[0].Get(components[0], done, width);
            if (_frame.Colors == JpegColors.Gray)
            {
                JpegPixels.FromGray(first, pixels);
                continue;
            }
            var second = _rows[1].Get(components[1], done, width);
            var third = _rows[2].Get(components[2], done, width);
            switch (_frame.Colors)
            {
                case JpegColors.Ycc:
                    JpegPixels.FromYcc(first, second, third, pixels, vectorWidth);
                    break;
                case JpegColors.Rgb:
                    JpegPixels.FromRgb(first, second, third, pixels);
                    break;
                case JpegColors.Cmyk:
                    JpegPixels.FromCmyk(first, second, third, _rows[3].Get(components[3], done, width), pixels);
                    break;
                default:
                    JpegPixels.FromYcck(first, second, third, _rows[3].Get(components[3], done, width), pixels);
                    break;
            }
        }
    }
}
