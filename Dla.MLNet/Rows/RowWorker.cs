namespace Dla.MLNet;

/// <summary>Works on the rows that a thread of the pipeline has claimed; a bad image becomes the row's error.</summary>
internal sealed class RowWorker(ImageWorker worker, ImageColumn images) : IPipelineWorker<RowSlot>
{
    private readonly CancellationTokenSource _stop = new();   // stopped at any time, and without a timer: there is nothing to dispose of

    public int BatchSize => worker.BatchSize;

    public void Process(ReadOnlySpan<RowSlot> items)
    {
        var good = 0;
        for (var i = 0; i < items.Length; i++)
        {
            var result = items[i].Result;
            result.Clear();
            try
            {
                images.Load(worker, i, items[i], _stop.Token);
                good++;
            }
            catch (ImageDecodeException e)
            {
                result.Fail(e);
            }
        }
        if (good > 0) worker.Run();
        for (var i = 0; i < items.Length; i++)
            if (items[i].Result.Error is null) worker.Read(i, items[i].Result.Values);
    }

    public void Stop()
    {
        _stop.Cancel();
        worker.Stop();
    }

    public void Dispose() => worker.Dispose();
}
