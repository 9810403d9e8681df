namespace Dla.Finetune.Tests;

public class PrefetchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Items_come_in_order_and_no_more_than_bounded_are_in_the_making(int workers)
    {
        int running = 0, most = 0;
        var items = new Prefetch(workers).Run(3, 60, (i, _) =>
        {
            var now = Interlocked.Increment(ref running);
            lock (Gate) most = Math.Max(most, now);
            Thread.SpinWait(i * 7919 % 20_000);
            Interlocked.Decrement(ref running);
            return i;
        }, default);
        Assert.Equal(Enumerable.Range(3, 57), items);
        Assert.InRange(most, 1, workers);
    }

    private static readonly Lock Gate = new();

    [Fact]
    public void An_error_comes_where_its_item_would_and_leaving_early_stops_the_rest()
    {
        var made = 0;
        int Make(int i, CancellationToken stop)
        {
            Interlocked.Increment(ref made);
            return i == 5 ? throw new InvalidDataException("image 5") : i;
        }
        var seen = new List<int>();
        var error = Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var i in new Prefetch(3).Run(0, 100, Make, default)) seen.Add(i);
        });
        Assert.Equal("image 5", error.Message);
        Assert.Equal([0, 1, 2, 3, 4], seen);
        Assert.InRange(made, 6, 9);
    }

    [Fact]
    public void The_next_item_is_made_while_one_is_used()
    {
        using var started = new SemaphoreSlim(0);
        int Make(int i, CancellationToken stop)
        {
            if (i > 0) started.Release();
            return i;
        }
        foreach (var i in new Prefetch(1).Run(0, 3, Make, default))
            Assert.True(i == 2 || started.Wait(TimeSpan.FromSeconds(60)), $"item {i + 1} waits for the loop to come back");
    }

    [Fact]
    public void Cancelling_ends_the_loop()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var i in new Prefetch(2).Run(0, 1000, (i, _) => i, stop.Token))
                if (i == 10) stop.Cancel();
        });
    }
}
