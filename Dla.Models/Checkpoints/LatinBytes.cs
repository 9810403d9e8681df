using System.Buffers;

namespace Dla.Models;

/// <summary>Bytes that pickle protocol 2 holds as text: byte b is character U+00b, written in UTF-8. Half of random bytes take two.</summary>
internal sealed class LatinBytes : StoredBytes
{
    private const int BlockBytes = 1 << 16;

    private readonly CheckpointFile _file;
    private readonly long _encodedLength;

    /// <summary>Counts the bytes, which takes reading the text once.</summary>
    /// <exception cref="CheckpointException">It is not UTF-8, or has a character above U+00FF.</exception>
    public LatinBytes(CheckpointFile file, long position, long encodedLength)
    {
        (_file, Position, _encodedLength) = (file, position, encodedLength);
        Length = Decode(0, []);
    }

    public override long Length { get; }

    public override long Position { get; }

    public override void Read(long start, Span<byte> destination) => Decode(start, destination);

    /// <summary>Decodes from the first byte on, copies what lies in the wanted range, and returns how many bytes there were.</summary>
    private long Decode(long start, Span<byte> destination)
    {
        var encoded = ArrayPool<byte>.Shared.Rent(BlockBytes);
        var decoded = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            long count = 0;
            byte lead = 0;
            for (long at = 0; at < _encodedLength && (destination.IsEmpty || count < start + destination.Length); at += BlockBytes)
            {
                var block = encoded.AsSpan(0, (int)Math.Min(BlockBytes, _encodedLength - at));
                _file.Read(Position + at, block);
                if (!TryDecode(block, decoded, ref lead, out var written)) throw Malformed();
                var from = (int)Math.Clamp(start - count, 0, written);
                var to = (int)Math.Clamp(start + destination.Length - count, 0, written);
                if (to > from) decoded.AsSpan(from, to - from).CopyTo(destination[(int)(count + from - start)..]);
                count += written;
            }
            if (lead != 0 && destination.IsEmpty) throw Malformed();
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    /// <summary>Without branches on the data, which is as good as random: a mispredicted one costs more than the work.</summary>
    /// <param name="utf8">The block.</param>
    /// <param name="latin">Its characters, one byte each.</param>
    /// <param name="lead">The first byte of a pair that the block ends within, handed on to the next; else 0.</param>
    /// <param name="written">Number of characters.</param>
    private static bool TryDecode(ReadOnlySpan<byte> utf8, Span<byte> latin, ref byte lead, out int written)
    {
        int first = lead, bad = 0, at = 0;
        foreach (var b in utf8)
        {
            var isPair = (b & 0xC0) == 0xC0 ? 1 : 0;
            var isSecond = (b & 0xC0) == 0x80 ? 1 : 0;
            bad |= isSecond ^ (first != 0 ? 1 : 0);              // a second byte follows a first one, and nothing else does
            bad |= isPair & ((b & 0xFE) != 0xC2 ? 1 : 0);        // only U+0080 to U+00FF
            latin[at] = (byte)(isSecond != 0 ? first << 6 | b & 0x3F : b);
            at += 1 - isPair;
            first = isPair != 0 ? b : 0;
        }
        (lead, written) = ((byte)first, at);
        return bad == 0;
    }

    private CheckpointException Malformed() => _file.Error($"is damaged: the values at byte {Position:N0} should be latin-1 text in UTF-8, and are not.");
}
