using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Dla.MLNet;

/// <summary>Where a model's bytes are: an open file, or memory (a model that came out of an ML.NET zip).</summary>
/// <remarks>The file stays open so that the bytes can still be saved after it was deleted or replaced; they are not kept in memory.</remarks>
internal sealed class ModelSource : IDisposable
{
    private readonly SafeFileHandle? _file;
    private readonly (DateTime Written, long Length) _stamp;

    private ModelSource(string name, SafeFileHandle? file, byte[]? bytes)
    {
        (Name, _file, Bytes) = (name, file, bytes);
        if (file is not null) _stamp = Stamp(file);
    }

    /// <summary>The path, or what messages call the model.</summary>
    public string Name { get; }

    /// <summary>The bytes of a model in memory.</summary>
    public byte[]? Bytes { get; }

    /// <summary>Number of bytes.</summary>
    public long Length => Bytes?.LongLength ?? RandomAccess.GetLength(_file!);

    /// <summary>The path, while the file that was opened is still there; else <see langword="null"/>.</summary>
    public string? Path
    {
        get
        {
            if (_file is null) return null;
            try
            {
                using var now = OpenFile(Name);   // what a link leads to, unlike FileInfo's time and length
                return Stamp(now) == _stamp ? Name : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    private static SafeFileHandle OpenFile(string path) => File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);

    /// <summary>What tells a file from its successor.</summary>
    private static (DateTime Written, long Length) Stamp(SafeFileHandle file) => (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));

    public static ModelSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        path = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(path)) throw new FileNotFoundException($"The model '{path}' is a folder. " +
            "Give the .onnx file that 'dla export' or 'dla finetune' wrote.", path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model '{path}'. " +
            "Give the .onnx file that 'dla export' or 'dla finetune' wrote.", path);
        if (FileStatus.Of(path).Kind is FileKind.Pipe or FileKind.Socket or FileKind.Device)
            throw new FileNotFoundException($"The model '{path}' is a pipe, socket or device, and a model is read more than once. Write it to a file.", path);
        return new ModelSource(path, OpenFile(path), null);
    }

    public static ModelSource FromBytes(byte[] bytes, string name) => new(name, null, bytes);

    /// <summary>The same model for another user: the same bytes, or the file opened once more.</summary>
    /// <exception cref="InvalidOperationException">The file was removed, replaced or written to since it was opened.</exception>
    public ModelSource Again()
    {
        if (Bytes is not null) return FromBytes(Bytes, Name);
        return FromFile(Path ?? throw new InvalidOperationException($"'{Name}' is not the file any more that the model was opened from. Open it again."));
    }

    /// <summary>The model's bytes from the start.</summary>
    public Stream Open() => Bytes is not null ? new MemoryStream(Bytes, writable: false) : new HandleStream(_file!);

    /// <summary>All bytes.</summary>
    /// <exception cref="InvalidOperationException">The file was written to since it was opened.</exception>
    public byte[] ReadAll()
    {
        if (Bytes is not null) return Bytes;
        using var copy = new MemoryStream(checked((int)RandomAccess.GetLength(_file!)));
        CopyTo(copy);
        return copy.GetBuffer();
    }

    /// <summary>Copies the bytes to a stream.</summary>
    /// <exception cref="InvalidOperationException">The file was written to since it was opened.</exception>
    public void CopyTo(Stream destination)
    {
        if (_file is not null && Stamp(_file) != _stamp)
            throw new InvalidOperationException($"'{Name}' was written to since the model was opened. Open it again, then save.");
        using var bytes = Open();
        bytes.CopyTo(destination, 1 << 20);
    }

    /// <summary>SHA-256 of the bytes, in 64 hex digits.</summary>
    public string Hash()
    {
        using var bytes = Open();
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Reads an open file from the start, at a position of its own.</summary>
    private sealed class HandleStream(SafeFileHandle file) : Stream
    {
        private readonly byte[] _buffer = new byte[1 << 12];
        private long _bufferStart;
        private int _bufferLength;

        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length { get; } = RandomAccess.GetLength(file);
        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            if (Position < _bufferStart || Position >= _bufferStart + _bufferLength)
            {
                if (buffer.Length >= _buffer.Length)
                {
                    var read = RandomAccess.Read(file, buffer, Position);
                    Position += read;
                    return read;
                }
                (_bufferStart, _bufferLength) = (Position, RandomAccess.Read(file, _buffer, Position));
            }
            var from = (int)(Position - _bufferStart);
            var count = Math.Min(buffer.Length, _bufferLength - from);
            _buffer.AsSpan(from, count).CopyTo(buffer);
            Position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int ReadByte()
        {
            Span<byte> one = stackalloc byte[1];
            return Read(one) == 1 ? one[0] : -1;
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = offset + (origin switch { SeekOrigin.Current => Position, SeekOrigin.End => Length, _ => 0 });

        public override void Flush() { }
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
