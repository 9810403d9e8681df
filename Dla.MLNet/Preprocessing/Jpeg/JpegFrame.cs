using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>What the markers of a JPEG file say: size, components, tables, scans. Its objects are used for the next file again.</summary>
internal sealed class JpegFrame
{
    private const int MaxSide = 65500;

    private readonly JpegComponent[] _components = [new(), new(), new(), new()];
    private readonly JpegComponent[] _scan = new JpegComponent[4];
    private readonly HuffmanTable[] _dc = [new(), new(), new(), new()];
    private readonly HuffmanTable[] _ac = [new(), new(), new(), new()];
    private readonly short[] _quantization = new short[4 * 64];
    private readonly bool[] _hasQuantization = new bool[4];
    private int _componentCount;
    private int _scanCount;
    private bool _jfif;
    private int _adobeTransform;

    public int Width { get; private set; }

    public int Height { get; private set; }

    public bool Progressive { get; private set; }

    public JpegColors Colors { get; private set; }

    public int MaxHorizontal { get; private set; }

    public int MaxVertical { get; private set; }

    public int McusPerRow { get; private set; }

    public int McuRows { get; private set; }

    /// <summary>MCUs between restart markers; 0 without.</summary>
    public int RestartInterval { get; private set; }

    public ReadOnlySpan<JpegComponent> Components => _components.AsSpan(0, _componentCount);

    /// <summary>Components of the current scan.</summary>
    public ReadOnlySpan<JpegComponent> Scan => _scan.AsSpan(0, _scanCount);

    /// <summary>The scan's first coefficient.</summary>
    public int First { get; private set; }

    /// <summary>The scan's last coefficient.</summary>
    public int Last { get; private set; }

    /// <summary>The lowest bit that is known after the scan before; 0 for the first.</summary>
    public int HighBit { get; private set; }

    /// <summary>The lowest bit that the scan gives.</summary>
    public int LowBit { get; private set; }

    public void Reset()
    {
        (_componentCount, _scanCount, RestartInterval, _jfif, _adobeTransform) = (0, 0, 0, false, -1);
        foreach (var table in _dc) table.Reset();
        foreach (var table in _ac) table.Reset();
        _hasQuantization.AsSpan().Clear();
    }

    /// <summary>Reads the segment of a marker.</summary>
    /// <returns>False for what this decoder does not know, or what makes no sense.</returns>
    public bool ReadSegment(int marker, ReadOnlySpan<byte> segment) => marker switch
    {
        0xC0 or 0xC1 or 0xC2 => ReadFrame(segment, marker == 0xC2),
        0xC4 => ReadHuffman(segment),
        0xDA => ReadScan(segment),
        0xDB => ReadQuantization(segment),
        0xDD => ReadRestartInterval(segment),
        0xE0 => ReadJfif(segment),
        0xEE => ReadAdobe(segment),
        0xFE or (>= 0xE1 and <= 0xEF) => true,
        _ => false,   // arithmetic coding, lossless, hierarchical, a later height
    };

    private bool ReadFrame(ReadOnlySpan<byte> segment, bool progressive)
    {
        if (_componentCount != 0 || segment.Length < 6 || segment[0] != 8) return false;
        var count = segment[5];
        (Height, Width, Progressive) = (BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), progressive);
        if (count is not (1 or 3 or 4) || segment.Length != 6 + 3 * count || Height is 0 or > MaxSide || Width is 0 or > MaxSide) return false;
        (MaxHorizontal, MaxVertical) = (1, 1);
        for (var i = 0; i < count; i++)
        {
            var component = _components[i];
            var factors = segment[7 + 3 * i];
            (component.Id, component.Horizontal, component.Vertical) = (segment[6 + 3 * i], factors >> 4, factors & 15);
            component.QuantizationIndex = segment[8 + 3 * i];
            if (component.Horizontal is < 1 or > 4 || component.Vertical is < 1 or > 4) return false;
            if (count == 1) (component.Horizontal, component.Vertical) = (1, 1);   // there is nothing to relate it to
            component.HasQuantization = false;
            component.UnknownBits.AsSpan().Fill(-1);
            (MaxHorizontal, MaxVertical) = (Math.Max(MaxHorizontal, component.Horizontal), Math.Max(MaxVertical, component.Vertical));
        }
        _componentCount = count;
        (McusPerRow, McuRows) = (RoundUp(Width, 8 * MaxHorizontal), RoundUp(Height, 8 * MaxVertical));
        foreach (var component in Components)
        {
            if (!Measure(component)) return false;
        }
        return true;
    }

    private bool Measure(JpegComponent component)
    {
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
        return MaxHorizontal % component.Horizontal == 0 && MaxVertical % component.Vertical == 0;
    }

    private bool ReadScan(ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 1 || _componentCount == 0) return false;
        var count = segment[0];
        if (count is < 1 or > 4 || segment.Length != 4 + 2 * count) return false;
        var blocks = 0;
        for (var i = 0; i < count; i++)
        {
            var (id, tables) = (segment[1 + 2 * i], segment[2 + 2 * i]);
            JpegComponent? found = null;
            foreach (var component in Components)
            {
                if (component.Id != id || Array.IndexOf(_scan, component, 0, i) >= 0) continue;
                found = component;
                break;
            }
            if (found is null || tables >> 4 > 3 || (tables & 15) > 3) return false;
            (found.Dc, found.Ac) = (_dc[tables >> 4], _ac[tables & 15]);
            blocks += found.Horizontal * found.Vertical;
            _scan[i] = found;
        }
        _scanCount = count;
        Colors = GuessColors();
        var last = segment[(1 + 2 * count)..];
        (First, Last, HighBit, LowBit) = (last[0], last[1], last[2] >> 4, last[2] & 15);
        if (Progressive ? !CheckProgression() : !CheckTables(dc: true, ac: true)) return false;
        return (count == 1 || blocks <= JpegScan.MaxBlocks) && LatchQuantization();
    }

    private bool CheckProgression()
    {
        var dc = First == 0;
        if (dc ? Last != 0 : First > Last || Last > 63 || _scanCount != 1) return false;
        if (HighBit != 0 && LowBit != HighBit - 1 || LowBit > 13) return false;
        foreach (var component in Scan) component.UnknownBits.AsSpan(First, Last - First + 1).Fill(LowBit);
        return CheckTables(dc && HighBit == 0, !dc);
    }

    private bool CheckTables(bool dc, bool ac)
    {
        foreach (var component in Scan)
        {
            if (dc && !component.Dc.Serves(dc: true) || ac && !component.Ac.Serves(dc: false)) return false;
        }
        return true;
    }

    /// <summary>Keeps the factors that are valid at a component's first scan.</summary>
    private bool LatchQuantization()
    {
        foreach (var component in Scan)
        {
            if (component.HasQuantization) continue;
            if (component.QuantizationIndex > 3 || !_hasQuantization[component.QuantizationIndex]) return false;
            _quantization.AsSpan(component.QuantizationIndex * 64, 64).CopyTo(component.Quantization);
            component.HasQuantization = true;
        }
        return true;
    }

    /// <summary>The colours that the components are, by libjpeg's rules.</summary>
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

    private bool ReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 16)
        {
            var index = segment[0];
            var count = 0;
            foreach (var ofLength in segment[1..17]) count += ofLength;
            if ((index & ~0x10) > 3 || count > 256 || count > segment.Length - 17) return false;
            (index >= 0x10 ? _ac : _dc)[index & 3].Define(segment.Slice(1, 16 + count));
            segment = segment[(17 + count)..];
        }
        return segment.Length == 0;
    }

    private bool ReadQuantization(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            var (index, bytes) = (segment[0] & 15, segment[0] >> 4 == 0 ? 1 : 2);
            if (index > 3 || segment.Length < 1 + 64 * bytes) return false;
            for (var i = 0; i < 64; i++)
            {
                var factor = bytes == 1 ? segment[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(segment[(1 + 2 * i)..]);
                _quantization[index * 64 + JpegScan.RowOrder[i]] = (short)factor;
            }
            _hasQuantization[index] = true;
            segment = segment[(1 + 64 * bytes)..];
        }
        return true;
    }

    private bool ReadRestartInterval(ReadOnlySpan<byte> segment)
    {
        if (segment.Length != 2) return false;
        RestartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
        return true;
    }

    private bool ReadJfif(ReadOnlySpan<byte> segment)
    {
        if (segment.Length >= 14 && segment.StartsWith("JFIF\0"u8)) _jfif = true;
        return true;
    }

    private bool ReadAdobe(ReadOnlySpan<byte> segment)
    {
        if (segment.Length >= 12 && segment.StartsWith("Adobe"u8)) _adobeTransform = segment[11];
        return true;
    }

    private static int RoundUp(int number, int divisor) => (number + divisor - 1) / divisor;
}
