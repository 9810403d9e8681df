namespace Dla.MLNet.Tests;

public sealed class OrderedPipelineTests
{
    [Fact]
    public async Task A_stop_is_obeyed_although_the_source_has_failed_further_on()
    {
        using var failed = new ManualResetEventSlim();
        var filled = 0;
        bool Fill(object item)
        {
            if (filled++ == 0) return true;
            failed.Set();
            throw new IOException("the second row cannot be read");
        }
        using var pipeline = new OrderedPipeline<object>([new(), new(), new()], threads: 2, Fill, () => new Stuck(), () => { }, () => { });
        var reading = Task.Factory.StartNew(pipeline.MoveNext, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(failed.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        await Task.Delay(50, TestContext.Current.CancellationToken);   // until the failure is noted
        pipeline.Stop();
        await Assert.ThrowsAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    /// <summary>What belongs to the caller is not worked on after disposal, which waits for work but not for the source.</summary>
    [Fact]
    public async Task Disposal_leaves_a_source_that_waits_and_what_it_gives_afterwards()
    {
        using var inside = new ManualResetEventSlim();
        using var give = new ManualResetEventSlim();
        using var finished = new ManualResetEventSlim();
        var (closed, worked) = (0, 0);
        bool Fill(object item)
        {
            inside.Set();
            give.Wait();
            return true;
        }
        var pipeline = new OrderedPipeline<object>([new(), new(), new()], threads: 2, Fill, () => new Counting(() => worked++), () => closed++, finished.Set)
        {
            WaitsForWork = true,
        };
        var reading = Task.Factory.StartNew(pipeline.MoveNext, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(inside.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        pipeline.Dispose();
        Assert.Equal((0, false), (closed, finished.IsSet));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        give.Set();
        Assert.True(finished.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        pipeline.Dispose();
        Assert.Equal((1, 0), (closed, worked));
    }

    private sealed class Counting(Action work) : IPipelineWorker<object>
    {
        public int BatchSize => 1;

        public void Process(ReadOnlySpan<object> items) => work();

        public void Stop()
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Works on its first item until it is stopped.</summary>
    private sealed class Stuck : IPipelineWorker<object>
    {
        private readonly ManualResetEventSlim _stopped = new();

        public int BatchSize => 1;

        public void Process(ReadOnlySpan<object> items)
        {
            _stopped.Wait();
            throw new OperationCanceledException();
        }

        public void Stop() => _stopped.Set();

        public void Dispose()
        {
        }
    }
}
