using System.Buffers;

namespace Dla.MLNet;

/// <summary>Memory of any size for the time of one image. Dispose gives it back.</summary>
/// <remarks>
/// Up to <see cref="LargestPooled"/> bytes come from the shared pool, more from <see cref="SystemMemory"/>.
/// The owner must stay reachable while <see cref="Span"/> is in use. A <see langword="using"/> sees to that.
/// </remarks>
internal sealed unsafe class LargeBuffer<T> : IDisposable where T : unmanaged
{
    /// <summary>The most bytes that the shared pool keeps for later images.</summary>
    public const int LargestPooled = 1 << 20;

    private readonly nuint _bytes;
    private T[]? _pooled;
    private void* _memory;

    /// <summary>Takes memory.</summary>
    /// <param name="length">Number of values.</param>
    /// <param name="clear">Whether all values must be zero. Otherwise they may be anything.</param>
    /// <exception cref="InsufficientMemoryException">The system has none to give.</exception>
    public LargeBuffer(int length, bool clear = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _bytes = (nuint)length * (nuint)sizeof(T);
        if (_bytes > LargestPooled)
        {
            _memory = SystemMemory.Allocate(_bytes);
            return;
        }
        GC.SuppressFinalize(this);
        _pooled = ArrayPool<T>.Shared.Rent(length);
        if (clear) _pooled.AsSpan(0, length).Clear();
    }

    /// <summary>Frees what was never disposed.</summary>
    ~LargeBuffer() => Free();

    /// <summary>Number of values.</summary>
    public int Length { get; }

    /// <summary>The values.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public Span<T> Span
    {
        get
        {
            if (_pooled is not null) return _pooled.AsSpan(0, Length);
            ObjectDisposedException.ThrowIf(_memory is null, this);
            return new(_memory, Length);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_pooled is not null) ArrayPool<T>.Shared.Return(_pooled);
        if (_memory is not null) SystemMemory.Free(_memory, _bytes);
        _pooled = null;
        _memory = null;
    }
}
