namespace Dla.Models;

/// <summary>Bytes that lie in the file as they are.</summary>
internal sealed class RawBytes(CheckpointFile file, long position, long length) : StoredBytes
{
    public override long Length => length;

    public override long Position => position;

    public override void Read(long start, Span<byte> destination) => file.Read(position + start, destination);
}
