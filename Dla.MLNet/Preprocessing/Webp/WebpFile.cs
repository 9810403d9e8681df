using System.Buffers.Binary;
using System.Text;

namespace Dla.MLNet;

/// <summary>The chunks of a WebP file, checked: the first frame, its place on the canvas, and the orientation.</summary>
internal readonly ref struct WebpFile
{
    /// <summary>The format's name, for messages.</summary>
    public const string Format = "WebP";

    private const int HeaderLength = 12;   // "RIFF", length, "WEBP"
    private const int PlaceLength = 16;    // of an animation's frame: its place, size and duration
    private const int HasExif = 8;
    private const int HasFrames = 2;

    /// <summary>Width of the image in pixels.</summary>
    public int CanvasWidth { get; private init; }

    /// <summary>Height of the image in pixels.</summary>
    public int CanvasHeight { get; private init; }

    /// <summary>The frame's first column.</summary>
    public int Left { get; private init; }

    /// <summary>The frame's first row.</summary>
    public int Top { get; private init; }

    /// <summary>Width of the frame in pixels.</summary>
    public int Width { get; private init; }

    /// <summary>Height of the frame in pixels.</summary>
    public int Height { get; private init; }

    /// <summary>Whether the bitstream is a lossless one.</summary>
    public bool IsLossless { get; private init; }

    /// <summary>The bitstream of the frame's colors.</summary>
    public ReadOnlySpan<byte> Bitstream { get; private init; }

    /// <summary>The orientation by EXIF; upright where there is none, or none was asked for.</summary>
    public int Orientation { get; private init; }

    /// <summary>Reads the chunks.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="upright">Whether to look for the orientation.</param>
    /// <param name="maxPixels">The most pixels.</param>
    /// <exception cref="ImageDecodeException">The file is cut off anywhere, its chunks contradict each other, or there are too many pixels.</exception>
    public static WebpFile Read(ReadOnlySpan<byte> encoded, bool upright, long maxPixels)
    {
        if (encoded.Length < HeaderLength) throw ImageDecodeException.Truncated(Format);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]) + 8L;
        if (length > encoded.Length) throw ImageDecodeException.Truncated(Format);
        var chunks = new WebpChunks(encoded[HeaderLength..(int)Math.Max(length, HeaderLength)]);
        if (!chunks.Next()) throw ImageDecodeException.Truncated(Format);
        if (chunks.Type.SequenceEqual("VP8X"u8)) return ReadExtended(chunks, upright, maxPixels);
        if (!chunks.IsBitstream)
            throw ImageDecodeException.Corrupt(Format, $"it begins with the unknown chunk '{Encoding.Latin1.GetString(chunks.Type)}'");
        var (width, height) = ReadSize(chunks);
        PixelLimit.Check(width, height, maxPixels);
        return new()
        {
            CanvasWidth = width,
            CanvasHeight = height,
            Width = width,
            Height = height,
            IsLossless = chunks.Type[3] == 'L',
            Bitstream = chunks.Data,
            Orientation = ExifOrientation.Upright,
        };
    }

    private static WebpFile ReadExtended(WebpChunks chunks, bool upright, long maxPixels)
    {
        var header = chunks.Data;
        if (header.Length < 10) throw ImageDecodeException.Corrupt(Format, $"its extended header has {header.Length} bytes");
        var (flags, canvasWidth, canvasHeight) = (header[0], Number(header[4..]) + 1, Number(header[7..]) + 1);
        PixelLimit.Check(canvasWidth, canvasHeight, maxPixels);
        var bitstream = default(WebpChunks);
        ReadOnlySpan<byte> place = [], exif = [];
        while (chunks.Next())
        {
            if (exif.IsEmpty && chunks.Type.SequenceEqual("EXIF"u8)) exif = chunks.Data;
            if (bitstream.IsBitstream) continue;
            if ((flags & HasFrames) == 0)
            {
                if (chunks.IsBitstream) bitstream = chunks;
            }
            else if (chunks.Type.SequenceEqual("ANMF"u8))
            {
                place = chunks.Data[..Math.Min(PlaceLength, chunks.Data.Length)];
                bitstream = new(chunks.Data[place.Length..]);
                while (bitstream.Next() && !bitstream.IsBitstream) ;
                if (!bitstream.IsBitstream) throw ImageDecodeException.Corrupt(Format, "its first frame has no pixels");
            }
        }
        if (!bitstream.IsBitstream) throw ImageDecodeException.Corrupt(Format, "it has no pixels");
        var (width, height) = ReadSize(bitstream);
        var (left, top, frameWidth, frameHeight) = place.IsEmpty
            ? (0, 0, canvasWidth, canvasHeight)
            : (2 * Number(place), 2 * Number(place[3..]), Number(place[6..]) + 1, Number(place[9..]) + 1);
        if (width != frameWidth || height != frameHeight || width > canvasWidth - left || height > canvasHeight - top)
            throw ImageDecodeException.Corrupt(Format, $"its first frame of {width} × {height} pixels does not fit its canvas of {canvasWidth} × {canvasHeight}");
        return new()
        {
            CanvasWidth = canvasWidth,
            CanvasHeight = canvasHeight,
            Left = left,
            Top = top,
            Width = width,
            Height = height,
            IsLossless = bitstream.Type[3] == 'L',
            Bitstream = bitstream.Data,
            Orientation = (upright && (flags & HasExif) != 0 ? ExifOrientation.Read(exif) : null) ?? ExifOrientation.Upright,
        };
    }

    /// <summary>The sizes in a bitstream, of which a lossy one must begin with a key frame.</summary>
    private static (int Width, int Height) ReadSize(WebpChunks bitstream)
    {
        var data = bitstream.Data;
        if (bitstream.Type[3] == 'L') return Vp8lDecoder.ReadSize(data);
        if (data.Length < 10) throw ImageDecodeException.Truncated(Format);
        if ((data[0] & 1) != 0 || !data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
            throw ImageDecodeException.Corrupt(Format, "its lossy data do not begin with a key frame");
        return (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);
    }

    private static int Number(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;
}
