using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A cursor over rows whose images are worked on ahead, several at a time, in order.</summary>
internal sealed class ImageCursor : DataViewRowCursor
{
    private readonly ImageBinding _binding;
    private readonly bool[] _active;
    private readonly RowFeed _feed;
    private readonly OrderedPipeline<RowSlot> _rows;
    private readonly CancellationTokenRegistration _cancellation;
    private readonly Delegate[] _outputs;
    private readonly BadImageLog _badImages;
    private RowSlot? _current;
    private ImageDecodeException? _badRow;
    private long _position = -1;
    private bool _disposed;

    public ImageCursor(ImageBinding binding, DataViewRowCursor source, bool[] active, bool isOneRow)
    {
        (_binding, _active, _badImages) = (binding, active, new BadImageLog(binding.Options.Context, binding.Step));
        var latency = binding.Mode switch { ScoringMode.Latency => true, ScoringMode.Throughput => false, _ => isOneRow };
        var threads = latency ? 1 : binding.Options.Parallelism;
        var capacity = 2 * threads * binding.Task.BatchSize + 1;
        _feed = new RowFeed(source, active.AsSpan(0, binding.Input.Count), binding.ImageColumnIndex, capacity);
        _rows = Rows(_feed, capacity, threads, binding.Task, latency, isOneRow ? binding.Singles : null,
            binding.Outputs.AreComputed(active.AsSpan(binding.Input.Count)));
        _cancellation = binding.Options.CancellationToken.UnsafeRegister(static rows => ((OrderedPipeline<RowSlot>)rows!).Stop(), _rows);
        _outputs = [.. binding.Outputs.Getters(() => Current.Result)];
    }

    /// <summary>Ends the threads of a cursor that nobody disposed.</summary>
    ~ImageCursor()
    {
        _cancellation.Unregister();   // a token that lives long would keep the rows
        _rows?.Stop();
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _position;

    public override long Batch => _current?.Batch ?? 0;

    private RowSlot Current => _current ?? throw new InvalidOperationException("The cursor is not on a row: " +
        "call MoveNext first, and read no values after it has returned false.");

    public override bool MoveNext()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _current = null;
        if (_badRow is not null) throw _badRow;
        try
        {
            if (!_rows.MoveNext())
            {
                _position = -1;
                _badImages.Dispose();
                return false;
            }
        }
        catch (OperationCanceledException)
        {
            _binding.Options.CancellationToken.ThrowIfCancellationRequested();
            throw;
        }
        var slot = _rows.Current;
        if (slot.Result.Error is { } error)
        {
            if (_binding.Options.OnBadImage == BadImageHandling.Throw)
            {
                _rows.Stop();
                throw _badRow = ImageBinding.BadRow(slot.Row, _feed.Images.PathOf(slot), error);
            }
            _badImages.Add(slot.Row, _feed.Images.PathOf(slot), error);
        }
        (_current, _position) = (slot, slot.Row);
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = Current.Id;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[RowContract.IndexOf(column, _binding.Output)];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column)) throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was opened.");
        var getter = column.Index < _binding.Input.Count ? _feed.Getter(column.Index, () => Current) : _outputs[column.Index - _binding.Input.Count];
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type}, " +
                $"{column.Type.RawType.Name} in C#; it was asked for as {typeof(TValue).Name}.");
    }

    /// <summary>The rows, made without this cursor: what the threads hold of it would keep it from being collected.</summary>
    private static OrderedPipeline<RowSlot> Rows(RowFeed feed, int capacity, int threads, ImageTask task, bool latency, SingleImages? singles, bool runs)
    {
        var lease = task.Use();
        ImageWorker CreateWorker() => !runs ? task.CreateReadingWorker()
            : singles is not null ? new SharedWorker(singles) : task.CreateWorker(latency, task.BatchSize);
        return new OrderedPipeline<RowSlot>([.. Enumerable.Range(0, capacity).Select(i => new RowSlot(i, task.Length))], threads, feed.Fill,
            () => new RowWorker(CreateWorker(), feed.Images), feed.Dispose, () => lease?.Dispose()) { WaitsForWork = feed.Images.IsBorrowed };
    }

    protected override void Dispose(bool disposing)
    {
        var isFirst = disposing && !_disposed;
        _disposed = true;
        if (isFirst)
        {
            _cancellation.Dispose();
            _rows.Dispose();
            _badImages.Dispose();
        }
        base.Dispose(disposing);
    }
}
