namespace Dla.MLNet.Tests;

public sealed class SingleImagesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task No_more_callers_than_places_work_at_a_time_and_those_who_wait_can_leave()
    {
        using var task = new Watched();
        using var images = new SingleImages(task, ScoringMode.Throughput, new SingleImages.Crowd(places: 2));
        Task Start(CancellationToken cancel) => Task.Factory.StartNew(() => images.Run(ImageInput.Of("a.png", cancel), new float[1], cancel), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var working = Enumerable.Range(0, 6).Select(_ => Start(TestContext.Current.CancellationToken)).ToList();
        for (var i = 0; i < 2; i++) Assert.True(await task.Entered.WaitAsync(Limit, TestContext.Current.CancellationToken));
        using var leave = new CancellationTokenSource();
        var leaving = Start(leave.Token);
        await Task.Delay(50, TestContext.Current.CancellationToken);   // until it waits
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.WaitAsync(Limit, TestContext.Current.CancellationToken));
        task.Go.Set();
        await Task.WhenAll(working).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal((2, 6), (task.Most, task.Done));
        Assert.InRange(task.Workers, 1, 2);
    }

    /// <summary>Counts who is inside.</summary>
    private sealed class Watched : ImageTask
    {
        private int _inside, _most, _done, _workers;

        public SemaphoreSlim Entered { get; } = new(0);

        public ManualResetEventSlim Go { get; } = new();

        public int Most => _most;

        public int Done => _done;

        public int Workers => _workers;

        public override int Length => 1;

        public override ImageWorker CreateWorker(bool latency, int images)
        {
            Interlocked.Increment(ref _workers);
            return new Worker(this);
        }

        public override void Dispose()
        {
            Entered.Dispose();
            Go.Dispose();
        }

        private sealed class Worker(Watched task) : ImageWorker
        {
            public override void Load(int index, ImageInput input, Span<float> values)
            {
                var inside = Interlocked.Increment(ref task._inside);
                for (var most = task._most; inside > most; most = task._most) Interlocked.CompareExchange(ref task._most, inside, most);
                task.Entered.Release();
                task.Go.Wait();
                Interlocked.Decrement(ref task._inside);
                Interlocked.Increment(ref task._done);
            }

            public override void Dispose()
            {
            }
        }
    }
}
