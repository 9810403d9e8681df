using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>What the segments of a JPEG file say: size, components, tables, scans. Its objects are used for the next file again.</summary>
internal sealed class JpegFrame
{
    private const int MaxSide = 65500;

    private readonly JpegComponent[] _components = [new(), new(), new(), new()];
    private readonly JpegComponent[] _scan = new JpegComponent[4];
    private readonly JpegTables _tables = new();
    private int _componentCount;
    private int _scanCount;
    private bool _hasStarted;
    private bool _readsExif;
    private bool _jfif;
    private int _adobeTransform;

    public int Width { get; private set; }

    /// <summary>Rows of pixels. Until the first scan it may be 0, when a DNL segment gives it.</summary>
    public int Height { get; private set; }

    public bool Progressive { get; private set; }

    public JpegColors Colors { get; private set; }

    /// <summary>The EXIF orientation, if it is asked for.</summary>
    public int Orientation { get; private set; }

    public int MaxHorizontal { get; private set; }

    public int MaxVertical { get; private set; }

    public int McusPerRow { get; private set; }

    public int McuRows { get; private set; }

    /// <summary>MCUs between restart markers; 0 without.</summary>
    public int RestartInterval { get; private set; }

    public ReadOnlySpan<JpegComponent> Components => _components.AsSpan(0, _componentCount);

    /// <summary>Components of the current scan.</summary>
    public ReadOnlySpan<JpegComponent> Scan => _scan.AsSpan(0, _scanCount);

    /// <summary>Blocks of 8 × 8 coefficients that the current scan visits.</summary>
    public long ScanBlocks { get; private set; }

    /// <summary>The scan's first coefficient.</summary>
    public int First { get; private set; }

    /// <summary>The scan's last coefficient.</summary>
    public int Last { get; private set; }

    /// <summary>The lowest bit that is known after the scan before; 0 for the first.</summary>
    public int HighBit { get; private set; }

    /// <summary>The lowest bit that the scan gives.</summary>
    public int LowBit { get; private set; }

    /// <summary>Begins with another file.</summary>
    /// <param name="upright">Whether to read the EXIF orientation.</param>
    public void Reset(bool upright)
    {
        (_componentCount, _scanCount, RestartInterval, _jfif, _adobeTransform) = (0, 0, 0, false, -1);
        (_hasStarted, _readsExif, Orientation) = (false, upright, ExifOrientation.Upright);
        _tables.Reset();
    }

    /// <summary>Refuses a marker that is out of place or of a kind that is not supported, before its segment is looked at.</summary>
    public void RequireKnown(int marker)
    {
        if (marker is 0xC0 or 0xC1 or 0xC2 && _componentCount != 0) throw JpegDecoder.Corrupt("it has two frames");
        if (marker is not ((>= 0xC0 and <= 0xC2) or 0xC4 or 0xCC or (>= 0xDA and <= 0xDD) or (>= 0xE0 and <= 0xEF) or 0xFE)) throw JpegKinds.Refuse(marker);
    }

    /// <summary>Reads the segment of a known marker other than a scan's.</summary>
    /// <exception cref="ImageDecodeException">It makes no sense.</exception>
    public void ReadSegment(int marker, ReadOnlySpan<byte> segment)
    {
        switch (marker)
        {
            case 0xC0 or 0xC1 or 0xC2:
                ReadFrame(segment, marker == 0xC2);
                break;
            case 0xC4:
                _tables.ReadHuffman(segment);
                break;
            case 0xDB:
                _tables.ReadQuantization(segment);
                break;
            case 0xDD:
                if (segment.Length != 2) throw JpegDecoder.Corrupt("its restart interval has a wrong length");
                RestartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
                break;
            case 0xE0:
                _jfif |= segment.Length >= 14 && segment.StartsWith("JFIF\0"u8);
                break;
            case 0xE1 when _readsExif && !_hasStarted && segment.StartsWith("Exif\0"u8):   // the first one
                (_readsExif, Orientation) = (false, ExifOrientation.Read(segment) ?? ExifOrientation.Upright);
                break;
            case 0xEE:
                if (segment.Length >= 12 && segment.StartsWith("Adobe"u8)) _adobeTransform = segment[11];
                break;
            default:   // comments, what applications add, conditions of arithmetic coding, and the height, which is known
                break;
        }
    }

    /// <summary>Reads the header of a scan.</summary>
    /// <param name="segment">The header.</param>
    /// <param name="data">What comes after it.</param>
    public void ReadScan(ReadOnlySpan<byte> segment, ReadOnlySpan<byte> data)
    {
        if (_componentCount == 0) throw JpegDecoder.Corrupt("a scan comes before the frame's header");
        if (!_hasStarted) Start(data);
        if (segment.Length < 1 || segment[0] is < 1 or > 4 || segment.Length != 4 + 2 * segment[0])
            throw JpegDecoder.Corrupt("the header of a scan has a wrong length");
        _scanCount = segment[0];
        var (blocks, from) = (0, 0);
        for (var i = 0; i < _scanCount; i++)
        {
            var (id, tables) = (segment[1 + 2 * i], segment[2 + 2 * i]);
            while (from < _componentCount && _components[from].Id != id) from++;
            if (from == _componentCount)
                throw JpegDecoder.Corrupt($"a scan names the component {id}, which the frame does not have, or has earlier than those before it");
            var component = _scan[i] = _components[from++];
            (component.Dc, component.Ac) = (_tables.Dc(tables >> 4), _tables.Ac(tables & 15));
            blocks += component.Horizontal * component.Vertical;
        }
        if (_scanCount > 1 && blocks > JpegScan.MaxBlocks) throw JpegDecoder.Corrupt($"an MCU has {blocks} blocks. Expected at most {JpegScan.MaxBlocks}");
        ScanBlocks = _scanCount == 1 ? (long)_scan[0].Columns * _scan[0].Rows : (long)blocks * McusPerRow * McuRows;
        var last = segment[(1 + 2 * _scanCount)..];
        (First, Last, HighBit, LowBit) = (last[0], last[1], last[2] >> 4, last[2] & 15);
        if (Progressive) CheckProgression();
        else CheckTables(dc: true, ac: true);
        foreach (var component in Scan)
        {
            if (!component.HasQuantization) _tables.CopyQuantization(component.QuantizationIndex, component.Quantization);
            component.HasQuantization = true;   // those of a component's first scan are valid for all
        }
    }

    /// <summary>Blocks that a later scan will visit, by its header, which is not checked yet.</summary>
    public long BlocksOf(ReadOnlySpan<byte> scan)
    {
        if (scan.Length < 3) return 0;
        var (count, ofMcu) = (scan[0], 0);
        for (var i = 0; i < count && 1 + 2 * i < scan.Length; i++)
        {
            foreach (var component in Components)
            {
                if (component.Id != scan[1 + 2 * i]) continue;
                if (count == 1) return (long)component.Columns * component.Rows;
                ofMcu += component.Horizontal * component.Vertical;
                break;
            }
        }
        return (long)ofMcu * McusPerRow * McuRows;
    }

    private void ReadFrame(ReadOnlySpan<byte> segment, bool progressive)
    {
        if (segment.Length < 6 || segment.Length != 6 + 3 * segment[5]) throw JpegDecoder.Corrupt("the frame's header has a wrong length");
        var count = segment[5];
        (Height, Width, Progressive) = (BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), progressive);
        if (segment[0] != 8) throw JpegKinds.RefusePrecision(segment[0]);
        if (count is not (1 or 3 or 4)) throw JpegDecoder.Corrupt($"it has {count} components. Expected 1 (gray), 3 (color) or 4 (CMYK)");
        (MaxHorizontal, MaxVertical) = (1, 1);
        for (var i = 0; i < count; i++)
        {
            var component = _components[i];
            var factors = segment[7 + 3 * i];
            (component.Id, component.Horizontal, component.Vertical) = (segment[6 + 3 * i], factors >> 4, factors & 15);
            component.QuantizationIndex = segment[8 + 3 * i];
            if (component.Horizontal is < 1 or > 4 || component.Vertical is < 1 or > 4)
                throw JpegDecoder.Corrupt($"its sampling factors are {component.Horizontal} × {component.Vertical}. Expected 1 to 4");
            if (count == 1) (component.Horizontal, component.Vertical) = (1, 1);   // there is nothing to relate it to
            (component.HasQuantization, component.HasDc) = (false, false);
            component.UnknownBits.AsSpan().Fill(-1);
            (MaxHorizontal, MaxVertical) = (Math.Max(MaxHorizontal, component.Horizontal), Math.Max(MaxVertical, component.Vertical));
        }
        _componentCount = count;
    }

    /// <summary>Settles what the first scan finds: the size, the colors, tables that are left out.</summary>
    private void Start(ReadOnlySpan<byte> data)
    {
        _hasStarted = true;
        if (Height == 0) Height = JpegBits.FindHeight(data);
        if (Width is 0 or > MaxSide || Height is 0 or > MaxSide)
            throw JpegDecoder.Corrupt($"its size is {Width} × {Height} pixels. Expected 1 × 1 to {MaxSide} × {MaxSide}");
        Colors = GuessColors();
        if (!Progressive) _tables.DefineMissing();
        (McusPerRow, McuRows) = (RoundUp(Width, 8 * MaxHorizontal), RoundUp(Height, 8 * MaxVertical));
        foreach (var component in Components) Measure(component);
    }

    private void Measure(JpegComponent component)
    {
        if (MaxHorizontal % component.Horizontal != 0 || MaxVertical % component.Vertical != 0)
            throw JpegDecoder.Corrupt("its components' sampling factors are no multiples of each other");
        component.Width = RoundUp(Width * component.Horizontal, MaxHorizontal);
        component.Height = RoundUp(Height * component.Vertical, MaxVertical);
        (component.BlocksPerRow, component.BlockRows) = (McusPerRow * component.Horizontal, McuRows * component.Vertical);
        (component.RepeatColumns, component.RepeatRows) = (MaxHorizontal / component.Horizontal, MaxVertical / component.Vertical);
        component.Upsampling = (component.RepeatColumns, component.RepeatRows, component.Width > 2) switch
        {
            (1, 1, _) => JpegUpsampling.None,
            (2, 1, true) => JpegUpsampling.SmoothColumns,
            (1, 2, _) => JpegUpsampling.SmoothRows,
            (2, 2, true) => JpegUpsampling.SmoothBoth,
            _ => JpegUpsampling.Repeat,
        };
    }

    private void CheckProgression()
    {
        var dc = First == 0;
        if (dc ? Last != 0 : First > Last || Last > 63 || _scanCount != 1) throw JpegDecoder.Corrupt($"a scan has the coefficients {First} to {Last}");
        if (HighBit != 0 && LowBit != HighBit - 1 || LowBit > 13) throw JpegDecoder.Corrupt($"a scan refines from bit {HighBit} to {LowBit}");
        foreach (var component in Scan)
        {
            component.UnknownBits.AsSpan(First, Last - First + 1).Fill(LowBit);
            component.HasDc |= dc && HighBit == 0;
        }
        CheckTables(dc && HighBit == 0, !dc);
    }

    private void CheckTables(bool dc, bool ac)
    {
        foreach (var component in Scan)
        {
            if (dc && !component.Dc.Serves(dc: true) || ac && !component.Ac.Serves(dc: false))
                throw JpegDecoder.Corrupt("a scan uses a Huffman table that is missing or is no code");
        }
    }

    /// <summary>The colors that the components are, by libjpeg's rules.</summary>
    private JpegColors GuessColors()
    {
        var (a, b, c) = _componentCount == 1 ? default : (_components[0].Id, _components[1].Id, _components[2].Id);
        return _componentCount switch
        {
            1 => JpegColors.Gray,
            3 when _jfif => JpegColors.Ycc,
            3 when _adobeTransform >= 0 => _adobeTransform == 0 ? JpegColors.Rgb : JpegColors.Ycc,
            3 => (a, b, c) == ('R', 'G', 'B') ? JpegColors.Rgb : JpegColors.Ycc,
            _ => _adobeTransform <= 0 ? JpegColors.Cmyk : JpegColors.Ycck,
        };
    }

    private static int RoundUp(int number, int divisor) => (number + divisor - 1) / divisor;
}
