namespace Dla.MLNet;

/// <summary>
/// Reads a pipe, which has no length and may never have a writer, on a thread of its own, so that the caller's wait ends when it is cancelled.
/// </summary>
internal sealed class PipeReader
{
    /// <summary>Bytes that an image from a pipe may have, 256 MiB: a pipe does not say how many come.</summary>
    public const int MaxBytes = 256 << 20;

    private const int FirstBytes = 64 << 10;

    private readonly string _path;
    private readonly int _maxBytes;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAbandoned;

    private PipeReader(string path, int maxBytes) => (_path, _maxBytes) = (path, maxBytes);

    /// <summary>Reads an image to the end of a pipe.</summary>
    /// <exception cref="ImageDecodeException">What comes does not begin as an image, or is longer than the limit.</exception>
    /// <exception cref="IOException">The pipe cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ReadOnlyMemory<byte> Read(string path, CancellationToken cancel, int maxBytes = MaxBytes)
    {
        cancel.ThrowIfCancellationRequested();
        var reader = new PipeReader(path, maxBytes);
        var reading = Task.Factory.StartNew(reader.Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            Task.WhenAny(reading).Wait(cancel);
        }
        catch (OperationCanceledException)
        {
            reader.Abandon();
            throw;
        }
        return reading.GetAwaiter().GetResult();
    }

    private ReadOnlyMemory<byte> Read()
    {
        try
        {
            using var pipe = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            _opened.TrySetResult();
            return Read(pipe);
        }
        finally
        {
            _opened.TrySetResult();
        }
    }

    private ReadOnlyMemory<byte> Read(FileStream pipe)
    {
        var (buffer, length, isImage) = (new byte[Math.Min(FirstBytes, _maxBytes + 1)], 0, false);
        while (!_isAbandoned)
        {
            var read = pipe.Read(buffer, length, buffer.Length - length);
            length += read;
            if (!isImage && (read == 0 || length >= ImageDecoder.StartLength))
            {
                ImageDecoder.RequireImage(buffer.AsSpan(0, Math.Min(length, ImageDecoder.StartLength)));   // before a film is read into memory
                isImage = true;
            }
            if (read == 0) return buffer.AsMemory(0, length);
            if (length > _maxBytes)
                throw new ImageDecodeException($"The pipe gave more than {_maxBytes} bytes; " +
                    "expected an image and then the pipe's end. Write it to a file first.");
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * length, _maxBytes + 1));
        }
        return default;   // nobody waits for it
    }

    /// <summary>Lets the thread end: opened for writing, a pipe is opened for reading too, and at its end once the writer is gone.</summary>
    private void Abandon()
    {
        _isAbandoned = true;
        if (_opened.Task.IsCompleted) return;
        try
        {
            var writer = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            _opened.Task.ContinueWith(_ => writer.Dispose(), TaskScheduler.Default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // It may not be written to: the thread waits for a writer, and holds up nothing.
        }
    }
}
