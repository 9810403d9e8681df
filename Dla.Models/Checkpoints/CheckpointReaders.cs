namespace Dla.Models;

/// <summary>Chooses the reader by a file's first bytes.</summary>
internal static class CheckpointReaders
{
    public static CheckpointContent Read(CheckpointFile file)
    {
        Span<byte> buffer = stackalloc byte[16];
        var head = buffer[..(int)Math.Min(file.Length, buffer.Length)];
        file.Read(0, head);
        if (SafetensorsReader.Recognizes(head)) return SafetensorsReader.Read(file);
        throw file.Error($"is not a weight file: it starts with the bytes {Convert.ToHexString(head)}. Read are PyTorch (.pth, .pt, .bin), safetensors and Paddle (.pdparams) files.");
    }
}
