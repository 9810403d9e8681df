namespace Dla.Models;

/// <summary>A byte string of a pickle, left in the file.</summary>
/// <param name="Position">Its first byte's offset in the file.</param>
/// <param name="Length">Its length in the file in bytes.</param>
/// <param name="Utf8">Whether it is text in UTF-8; each character below U+0100 then stands for one byte (latin-1).</param>
internal sealed record PickleBytes(long Position, long Length, bool Utf8)
{
    /// <summary>What reads it.</summary>
    public StoredBytes Open(CheckpointFile file) => Utf8 ? new LatinBytes(file, Position, Length) : new RawBytes(file, Position, Length);
}
