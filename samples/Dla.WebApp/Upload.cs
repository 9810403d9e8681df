using System.Buffers;

namespace Dla.WebApp;

/// <summary>The bytes of one image on their way from the client, in blocks that grow with what has come.</summary>
/// <param name="memory">Where the blocks are counted.</param>
/// <param name="abort">Ends the connection.</param>
internal sealed class Upload(UploadMemory memory, Action abort) : IDisposable
{
    /// <summary>The first block is small: many clients never send more.</summary>
    private const int FirstBlock = 4 << 10, Block = 64 << 10;

    private readonly List<byte[]> _blocks = [];
    private int _free;   // bytes of the last block

    /// <summary>Whether others needed the memory of this upload, which sent nothing.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>How many bytes have come.</summary>
    public int Length { get; private set; }

    /// <summary>The memory that so many bytes take.</summary>
    public static long Room(int bytes) => FirstBlock + ((long)bytes / Block + 1) * Block;

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The body, or the part of a form.</param>
    /// <param name="most">The most bytes to take.</param>
    /// <returns>Whether that was all; false if there are more than <paramref name="most"/>.</returns>
    /// <exception cref="BadHttpRequestException">503: there is no memory left for more bytes.</exception>
    public async Task<bool> ReceiveAsync(Stream stream, int most)
    {
        while (true)
        {
            if (_free == 0) AddBlock();
            var read = await stream.ReadAsync(_blocks[^1].AsMemory(_blocks[^1].Length - _free));
            if (read == 0) return true;
            Length += read;
            _free -= read;
            if (Length > most) return false;
        }
    }

    /// <summary>All bytes in one piece. The blocks are given back.</summary>
    public byte[] ToArray()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Length);
        var at = 0;
        foreach (var block in _blocks)
        {
            var part = block.AsSpan(0, Math.Min(block.Length, Length - at));
            part.CopyTo(bytes.AsSpan(at));
            at += part.Length;
        }
        Free();
        return bytes;
    }

    /// <summary>Ends the upload, which sends nothing, and its connection.</summary>
    public void Stop()
    {
        IsStopped = true;
        abort();
    }

    public void Dispose() => Free();

    private void AddBlock()
    {
        var bytes = _blocks.Count == 0 ? FirstBlock : Block;
        if (!memory.TryTake(this, bytes)) throw UploadMemory.Full();
        _blocks.Add(ArrayPool<byte>.Shared.Rent(bytes));   // of exactly so many bytes, as both are powers of two
        _free = bytes;
    }

    private void Free()
    {
        memory.GiveBack(this);
        foreach (var block in _blocks) ArrayPool<byte>.Shared.Return(block);
        _blocks.Clear();
        _free = 0;
    }
}
