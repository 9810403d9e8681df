using System.Buffers.Binary;

namespace Dla.Models.Tests;

/// <summary>One change to a file's bytes.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Where">Fraction in [0, 1) of the file's structure (its header, pickle or directory), or of all of it.</param>
/// <param name="InStructure">Whether <paramref name="Where"/> counts in the structure, where nearly every byte matters.</param>
/// <param name="Length">Bytes concerned.</param>
/// <param name="Value">What is written.</param>
public sealed record FileMutation(FileMutationKind Kind, double Where, bool InStructure, int Length, ulong Value)
{
    public byte[] Apply(byte[] file, int structure, bool structureAtEnd)
    {
        if (file.Length == 0) return file;
        var span = InStructure ? Math.Min(structure, file.Length) : file.Length;
        var at = Math.Clamp((int)(Where * span) + (InStructure && structureAtEnd ? file.Length - span : 0), 0, file.Length - 1);
        var length = Math.Min(Length, file.Length - at);
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, Value);
        switch (Kind)
        {
            case FileMutationKind.Overwrite:
                var changed = (byte[])file.Clone();
                value[..Math.Min(length, 8)].CopyTo(changed.AsSpan(at));
                return changed;
            case FileMutationKind.Insert: return [.. file.AsSpan(0, at), .. value[..Math.Min(Length, 8)], .. file.AsSpan(at)];
            case FileMutationKind.Delete: return [.. file.AsSpan(0, at), .. file.AsSpan(at + length)];
            case FileMutationKind.Duplicate: return [.. file.AsSpan(0, at + length), .. file.AsSpan(at)];
            case FileMutationKind.Truncate: return file[..at];
            default: throw new InvalidOperationException($"{Kind} is not a mutation.");
        }
    }
}
