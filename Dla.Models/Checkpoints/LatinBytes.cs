using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Dla.Models;

/// <summary>Bytes that pickle protocol 2 holds as text: byte b is character U+00b, written in UTF-8. Half of random bytes take two.</summary>
/// <remarks>
/// Of a pair, the first byte is C2 or C3 and the second already is b, but for bit 6, which is the first byte's bit 0. So decoding is: take
/// that bit over, and leave the first bytes out. Eight bytes at a time, because a branch on random data costs more than the work.
/// </remarks>
internal sealed class LatinBytes : StoredBytes
{
    private const int BlockBytes = 1 << 16;
    private const ulong Bit7 = 0x8080_8080_8080_8080, Bit0 = 0x0101_0101_0101_0101;

    private readonly CheckpointFile _file;
    private readonly long _encodedLength;

    /// <summary>Checks and counts the bytes, which takes reading the text once.</summary>
    /// <exception cref="CheckpointException">It is not UTF-8, or has a character above U+00FF.</exception>
    public LatinBytes(CheckpointFile file, long position, long encodedLength)
    {
        (_file, Position, _encodedLength) = (file, position, encodedLength);
        Length = Count();
    }

    public override long Length { get; }

    public override long Position { get; }

    public override void Read(long start, Span<byte> destination)
    {
        var encoded = ArrayPool<byte>.Shared.Rent(BlockBytes);
        var decoded = ArrayPool<byte>.Shared.Rent(BlockBytes + sizeof(ulong));
        try
        {
            long at = 0, count = 0;
            var carry = 0UL;
            while (count < start + destination.Length)
            {
                if (at >= _encodedLength) throw Malformed();   // the file was changed since it was opened
                var block = encoded.AsSpan(0, (int)Math.Min(BlockBytes, _encodedLength - at));
                _file.Read(Position + at, block);
                at += block.Length;
                var written = Decode(block, decoded, ref carry);
                var from = (int)Math.Clamp(start - count, 0, written);
                var to = (int)Math.Clamp(start + destination.Length - count, 0, written);
                if (to > from) decoded.AsSpan(from, to - from).CopyTo(destination[(int)(count + from - start)..]);
                count += written;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    private long Count()
    {
        var encoded = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            long pairs = 0;
            var (carry, bad) = (0UL, 0UL);
            for (long at = 0; at < _encodedLength; at += BlockBytes)
            {
                var length = (int)Math.Min(BlockBytes, _encodedLength - at);
                _file.Read(Position + at, encoded.AsSpan(0, length));
                var padded = (length + 7) & ~7;
                encoded.AsSpan(length, padded - length).Clear();   // zeros are characters of one byte
                for (var i = 0; i < padded; i += sizeof(ulong))
                {
                    var bytes = BinaryPrimitives.ReadUInt64LittleEndian(encoded.AsSpan(i));
                    var first = FirstOfPair(bytes);
                    bad |= (bytes & ~(bytes << 1) & Bit7) ^ (first << 8 | carry);             // a second byte after each first one, and nowhere else
                    bad |= (bytes ^ 2 * Bit0) & 0x3E * Bit0 & ((first >> 7) * byte.MaxValue);   // the first ones C2 or C3
                    pairs += BitOperations.PopCount(first);
                    carry = first >> 56;
                }
            }
            return bad == 0 && carry == 0 ? _encodedLength - pairs : throw Malformed();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <summary>Bit 7 of every byte of the form 11xxxxxx.</summary>
    private static ulong FirstOfPair(ulong bytes) => bytes & (bytes << 1) & Bit7;

    /// <param name="utf8">A block that <see cref="Count"/> has found sound.</param>
    /// <param name="latin">Its characters, one byte each, and up to seven bytes of nothing.</param>
    /// <param name="carry">Bit 6 of the first byte, where the block before ended with a C3; handed on to the next block.</param>
    private static int Decode(ReadOnlySpan<byte> utf8, Span<byte> latin, ref ulong carry)
    {
        int i = 0, written = 0;
        if (Bmi2.X64.IsSupported)
        {
            for (; i <= utf8.Length - sizeof(ulong); i += sizeof(ulong))
            {
                var bytes = BinaryPrimitives.ReadUInt64LittleEndian(utf8[i..]);
                var first = FirstOfPair(bytes);
                var odd = first >> 7 & bytes;
                var joined = bytes | odd << 14 | carry;                                       // to the next byte's bit 6
                carry = odd >> 50;
                BinaryPrimitives.WriteUInt64LittleEndian(latin[written..], Bmi2.X64.ParallelBitExtract(joined, ~((first >> 7) * byte.MaxValue)));
                written += sizeof(ulong) - BitOperations.PopCount(first);
            }
        }
        for (; i < utf8.Length; i++)
        {
            var isFirst = utf8[i] >> 7 & utf8[i] >> 6;
            latin[written] = (byte)(utf8[i] | (int)carry);
            written += 1 - isFirst;
            carry = (ulong)(isFirst & utf8[i]) << 6;
        }
        return written;
    }

    private CheckpointException Malformed() => _file.Error($"is damaged: the values at byte {Position:N0} should be latin-1 text in UTF-8, and are not.");
}
