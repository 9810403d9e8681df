namespace Dla.Models;

/// <summary>A storage that the file holds in several pieces.</summary>
internal sealed class ConcatenatedBytes(IReadOnlyList<StoredBytes> parts) : StoredBytes
{
    public override long Length { get; } = parts.Sum(p => p.Length);

    public override long Position => parts.Count > 0 ? parts[0].Position : 0;

    public override void Read(long start, Span<byte> destination)
    {
        foreach (var part in parts)
        {
            if (destination.IsEmpty) return;
            if (start >= part.Length)
            {
                start -= part.Length;
                continue;
            }
            var length = (int)Math.Min(part.Length - start, destination.Length);
            part.Read(start, destination[..length]);
            destination = destination[length..];
            start = 0;
        }
    }
}
