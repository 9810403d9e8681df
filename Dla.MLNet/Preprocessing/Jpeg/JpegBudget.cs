using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>The work that the scans of an image may take: the blocks of 8 × 8 coefficients that they visit.</summary>
internal sealed class JpegBudget(JpegFrame frame)
{
    /// <summary>
    /// Blocks at the default limit of pixels: ten scans of 50 megapixels with three components of full size.
    /// A higher limit of pixels raises it in proportion.
    /// </summary>
    public const long DefaultBlocks = 24_000_000;

    /// <summary>
    /// Blocks that a progressive image may have at the default limit of pixels: three components of full size, but four only up to 144 megapixels.
    /// All of them are kept, and transformed after the last scan.
    /// </summary>
    public const long DefaultKeptBlocks = 9_000_000;

    private long _limit;
    private long _spent;

    /// <summary>Begins with the first scan of an image.</summary>
    /// <param name="maxPixels">The limit of pixels.</param>
    /// <param name="data">The file after the header of that scan. Empty if no other scan may follow.</param>
    /// <exception cref="ImageDecodeException">The scans of the file take more than the budget.</exception>
    public void Begin(long maxPixels, ReadOnlySpan<byte> data)
    {
        var factor = Math.Max(1, maxPixels / (double)ImagePreprocessor.DefaultMaxPixels);
        (_limit, _spent) = ((long)(DefaultBlocks * factor), 0);
        var (blocks, most) = (0L, (long)(DefaultKeptBlocks * factor));
        foreach (var component in frame.Components) blocks += (long)component.Columns * component.Rows;
        if (frame.Progressive && blocks > most)
        {
            throw new ImageDecodeException(
                $"The progressive JPEG image of {frame.Width} × {frame.Height} pixels has {blocks} blocks of 8 × 8 samples, more than the limit of {most}. " +
                "Save it as a baseline JPEG, or with fewer pixels.");
        }
        Spend(frame.ScanBlocks);
        var first = _spent;
        LookAhead(data);
        _spent = first;
    }

    /// <summary>Takes the blocks of a scan before they are read. The look ahead has seen those of honest files.</summary>
    /// <exception cref="ImageDecodeException">The budget is spent.</exception>
    public void Spend(long blocks)
    {
        _spent += blocks;
        if (_spent > _limit)
        {
            throw new ImageDecodeException(
                $"The scans of the JPEG image of {frame.Width} × {frame.Height} pixels visit more than the limit of {_limit} blocks of 8 × 8 pixels: " +
                "a decompression bomb? Save it again as a baseline JPEG, or with fewer scans.");
        }
    }

    /// <summary>Adds up the scans that follow, without a look at their data.</summary>
    private void LookAhead(ReadOnlySpan<byte> data)
    {
        for (var at = data.IndexOf((byte)0xFF); at >= 0 && at + 4 <= data.Length; at = data.IndexOf((byte)0xFF))
        {
            var marker = data[at + 1];
            if (marker == 0xD9) return;
            if (marker is 0 or 1 or 0xFF or (>= 0xD0 and <= 0xD7))   // none that a segment follows
            {
                data = data[(at + (marker == 0xFF ? 1 : 2))..];
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
            if (length < 2 || at + 2 + length > data.Length) return;
            if (marker == 0xDA) Spend(frame.BlocksOf(data.Slice(at + 4, length - 2)));
            data = data[(at + 2 + length)..];
        }
    }
}
