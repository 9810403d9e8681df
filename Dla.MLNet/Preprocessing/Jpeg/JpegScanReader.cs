namespace Dla.MLNet;

/// <summary>Reads the MCUs of a scan, with its restart markers, to coefficients or to samples. Keeps nothing but its place.</summary>
internal sealed class JpegScanReader(JpegFrame frame, VectorWidth vectorWidth)
{
    /// <summary>Bits that may be missing at the end of a scan: some encoders leave out the last byte.</summary>
    private const int MostMissing = 15;

    private readonly short[] _block = new short[64];
    private int _untilRestart;
    private int _nextRestart;
    private int _zeroBlocks;
    private bool _outOfData;

    /// <summary>Begins with the scan that the frame has read the header of.</summary>
    public void Start(ref JpegBits bits)
    {
        foreach (var component in frame.Scan) component.LastDc = 0;
        (bits.Marker, _untilRestart, _nextRestart, _zeroBlocks, _outOfData) = (0, frame.RestartInterval, 0, 0, false);
    }

    /// <summary>Makes sure that the data were enough, after the scan's last MCU.</summary>
    public static void End(in JpegBits bits)
    {
        if (bits.Missing > MostMissing) throw EndsEarly();
    }

    /// <summary>Reads a whole scan to the coefficients of its components.</summary>
    public void ReadCoefficients(ref JpegBits bits)
    {
        Start(ref bits);
        if (frame.Scan.Length == 1) ReadComponent(ref bits, frame.Scan[0]);
        else ReadComponents(ref bits);
        End(in bits);
    }

    /// <summary>Reads a whole scan of a sequential file to the samples of its components.</summary>
    public void ReadSamples(ref JpegBits bits)
    {
        Start(ref bits);
        if (frame.Scan is not [var component])
        {
            for (var mcuRow = 0; mcuRow < frame.McuRows; mcuRow++) ReadMcuRow(ref bits, mcuRow);
            End(in bits);
            return;
        }
        for (var y = 0; y < component.Rows; y++)
        {
            var samples = component.Samples[component.RowOffset(8 * y)..];
            for (var x = 0; x < component.Columns; x++)
            {
                StartMcu(ref bits);
                ReadSamples(ref bits, component, samples[(8 * x)..]);
                EndMcu(ref bits);
            }
        }
        End(in bits);
    }

    /// <summary>Reads the next row of MCUs of a sequential file to the samples of its components.</summary>
    public void ReadMcuRow(ref JpegBits bits, int mcuRow)
    {
        for (var mcu = 0; mcu < frame.McusPerRow; mcu++)
        {
            StartMcu(ref bits);
            foreach (var component in frame.Scan)
            {
                for (var y = 0; y < component.Vertical; y++)
                {
                    var samples = component.Samples[(component.RowOffset(8 * (mcuRow * component.Vertical + y)) + 8 * mcu * component.Horizontal)..];
                    for (var x = 0; x < component.Horizontal; x++) ReadSamples(ref bits, component, samples[(8 * x)..]);
                }
            }
            EndMcu(ref bits);
        }
    }

    private void ReadSamples(ref JpegBits bits, JpegComponent component, Span<byte> samples)
    {
        var block = _block.AsSpan();
        block.Clear();
        var isFlat = !JpegScan.ReadBlock(ref bits, component, block);
        if (isFlat) InverseDct.RunFlat(block[0], component.Quantization[0], samples, component.Stride);
        else InverseDct.Run(block, component.Quantization, samples, component.Stride, vectorWidth);
    }

    private void ReadComponents(ref JpegBits bits)
    {
        for (var mcuRow = 0; mcuRow < frame.McuRows; mcuRow++)
        {
            for (var mcu = 0; mcu < frame.McusPerRow; mcu++)
            {
                StartMcu(ref bits);
                foreach (var component in frame.Scan)
                {
                    for (var y = mcuRow * component.Vertical; y < (mcuRow + 1) * component.Vertical; y++)
                    {
                        var blocks = component.Coefficients.Slice((y * component.BlocksPerRow + mcu * component.Horizontal) * 64, component.Horizontal * 64);
                        for (; blocks.Length > 0; blocks = blocks[64..]) ReadBlock(ref bits, component, blocks[..64]);
                    }
                }
                EndMcu(ref bits);
            }
        }
    }

    /// <summary>Reads a scan of one component: its MCUs are blocks, and those that only fill up are left out.</summary>
    private void ReadComponent(ref JpegBits bits, JpegComponent component)
    {
        for (var y = 0; y < component.Rows; y++)
        {
            var blocks = component.Coefficients.Slice(y * component.BlocksPerRow * 64, component.Columns * 64);
            for (; blocks.Length > 0; blocks = blocks[64..])
            {
                StartMcu(ref bits);
                ReadBlock(ref bits, component, blocks[..64]);
                EndMcu(ref bits);
            }
        }
    }

    private void ReadBlock(ref JpegBits bits, JpegComponent component, Span<short> block)
    {
        if (frame.First > 0)
        {
            if (frame.HighBit == 0) JpegScan.ReadAc(ref bits, frame, component.Ac, block, ref _zeroBlocks);
            else JpegScan.RefineAc(ref bits, frame, component.Ac, block, ref _zeroBlocks);
        }
        else if (frame.HighBit == 0) block[0] = (short)(JpegScan.ReadDc(ref bits, component) << frame.LowBit);
        else JpegScan.RefineDc(ref bits, frame, block);
    }

    private void StartMcu(ref JpegBits bits)
    {
        if (frame.RestartInterval > 0 && _untilRestart-- == 0) Restart(ref bits);
        if (_outOfData) throw EndsEarly();
    }

    /// <summary>Notices the end of the data, after which only a restart may come.</summary>
    private void EndMcu(ref JpegBits bits)
    {
        if (bits.Missing <= 0) return;
        if (bits.Marker == JpegBits.EndOfFile) throw ImageDecodeException.Truncated(JpegDecoder.Format);
        _outOfData = true;
    }

    private static ImageDecodeException EndsEarly() => JpegDecoder.Corrupt("its data end before its pixels do");

    /// <summary>Continues after the restart marker that is due.</summary>
    /// <remarks>When another comes: markers that are late are passed over, and those that are early are left for later.</remarks>
    private void Restart(ref JpegBits bits)
    {
        if (!bits.FindMarker()) throw ImageDecodeException.Truncated(JpegDecoder.Format);
        while (bits.Marker != 0)
        {
            if (bits.Marker is >= 0xC0 and (< 0xD0 or > 0xD7)) break;   // no restart: nothing more comes
            var ahead = bits.Marker < 0xC0 ? 7 : (bits.Marker - 0xD0 - _nextRestart) & 7;
            if (ahead is 1 or 2) break;
            if (ahead is 6 or 7)
            {
                bits.NextMarker();
                if (bits.Marker == JpegBits.EndOfFile) throw ImageDecodeException.Truncated(JpegDecoder.Format);
            }
            else bits.Marker = 0;
        }
        foreach (var component in frame.Scan) component.LastDc = 0;
        (_untilRestart, _nextRestart, _zeroBlocks) = (frame.RestartInterval - 1, (_nextRestart + 1) & 7, 0);
        if (bits.Marker == 0) _outOfData = false;
    }
}
