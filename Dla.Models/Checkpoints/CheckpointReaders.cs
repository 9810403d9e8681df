using System.Numerics;
using System.Text;

namespace Dla.Models;

/// <summary>Chooses the reader by a file's content.</summary>
internal static class CheckpointReaders
{
    /// <summary>Where a tar header has its magic.</summary>
    private const int TarMagic = 257;

    public static CheckpointContent Read(CheckpointFile file)
    {
        Span<byte> buffer = stackalloc byte[512];
        var head = buffer[..(int)Math.Min(file.Length, buffer.Length)];
        file.Read(0, head);
        if (SafetensorsReader.Recognizes(head)) return SafetensorsReader.Read(file);
        if (head.StartsWith("PK"u8)) return TorchReader.ReadZip(file);
        if (head[0] == (byte)PickleOpcode.Protocol) return ReadPickle(file);
        throw file.Error($"is not a weight file: {Describe(head)}. Read are PyTorch (.pth, .pt, .bin), safetensors and Paddle (.pdparams) files.");
    }

    /// <summary>The first pickle of a legacy PyTorch file is a magic number, Paddle's only one a dictionary.</summary>
    private static CheckpointContent ReadPickle(CheckpointFile file)
    {
        var reader = new PickleReader(file, 0, file.Length);
        return new PickleMachine(reader, new PickleConstructors(file)).Run() switch
        {
            BigInteger magic when magic == TorchReader.LegacyMagic => TorchReader.ReadLegacy(file, reader),
            PickleDictionary root => PaddleReader.Read(file, root),
            _ => throw file.Error("is a pickle, but neither PyTorch's nor Paddle's."),
        };
    }

    private static string Describe(ReadOnlySpan<byte> head) => head switch
    {
        _ when head.TrimStart(" \t\r\n\uFEFF"u8).StartsWith("<"u8) => "it is a web page or other markup (what a failed download leaves)",
        _ when head.StartsWith("version https://git-lfs"u8) => "it is a Git LFS pointer; fetch the file that it stands for (git lfs pull)",
        _ when head is [0x1F, 0x8B, ..] => "it is compressed with gzip; unpack it first",
        _ when head.Length > TarMagic && head[TarMagic..].StartsWith("ustar"u8) =>
            "it is a tar archive; unpack it, or where PyTorch before 0.1.10 wrote it, load and save it again there",
        _ when head[..Math.Min(head.Length, 64)] is var start && !start.ContainsAnyExceptInRange((byte)' ', (byte)'~') =>
            $"it is text, '{Encoding.ASCII.GetString(start)}'",
        _ => $"it starts with the bytes {Convert.ToHexString(head[..Math.Min(head.Length, 16)])}",
    };
}
