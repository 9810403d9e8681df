using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class ImageMemoryBudgetTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Those_who_wait_are_served_in_order_so_that_small_ones_do_not_overtake_a_large_one()
    {
        var budget = new ImageMemoryBudget(100);
        var first = budget.Acquire(60);
        var large = Start(budget, 95);
        await WaitersAsync(budget, 1);
        var small = Start(budget, 10);   // fits beside the first one, but the large one came before
        await WaitersAsync(budget, 2);
        Assert.Equal((60, false, false), (budget.BytesInUse, large.IsCompleted, small.IsCompleted));

        first.Dispose();
        using (await large.WaitAsync(Limit)) Assert.Equal((95, 1, false), (budget.BytesInUse, budget.Waiting, small.IsCompleted));
        using (await small.WaitAsync(Limit)) Assert.Equal(10, budget.BytesInUse);
        Assert.Equal((0L, 0), (budget.BytesInUse, budget.Waiting));
    }

    [Fact]
    public async Task What_is_larger_than_the_budget_is_alone_and_what_can_never_fit_is_refused_at_once()
    {
        var budget = new ImageMemoryBudget(100) { LargestImage = 300 };
        var first = budget.Acquire(1);
        var alone = Start(budget, 300);
        await WaitersAsync(budget, 1);
        first.Dispose();
        var lease = await alone.WaitAsync(Limit);
        var next = Start(budget, 1);
        await WaitersAsync(budget, 1);
        lease.Dispose();
        (await next.WaitAsync(Limit)).Dispose();

        var error = Assert.Throws<ImageDecodeException>(() => budget.Acquire(301));
        Assert.Contains("301", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTooLarge);
        Assert.Equal(0, budget.BytesInUse);
    }

    [Fact]
    public async Task Whoever_gives_up_lets_the_next_one_pass()
    {
        var budget = new ImageMemoryBudget(100);
        using var first = budget.Acquire(60);
        using var leave = new CancellationTokenSource();
        var leaving = Start(budget, 50, leave.Token);
        await WaitersAsync(budget, 1);
        var small = Start(budget, 40);
        await WaitersAsync(budget, 2);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.WaitAsync(Limit));
        using (await small.WaitAsync(Limit)) Assert.Equal((100, 0), (budget.BytesInUse, budget.Waiting));
    }

    [Fact]
    public void Waiting_too_long_says_what_is_missing_and_leaves_nothing_behind()
    {
        var budget = new ImageMemoryBudget(1000) { MaxWait = TimeSpan.FromMilliseconds(1) };
        using (budget.Acquire(900))
        {
            var error = Assert.Throws<InsufficientMemoryException>(() => budget.Acquire(101));
            foreach (var part in (string[])["101", "900", "1,000"]) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
        Assert.Equal((0L, 0), (budget.BytesInUse, budget.Waiting));
        using (budget.Acquire(1000)) Assert.Equal(1000, budget.BytesInUse);
    }

    [Fact]
    public async Task Many_threads_never_hold_more_than_the_budget_and_all_of_them_get_their_share()
    {
        var budget = new ImageMemoryBudget(1000) { LargestImage = 1500 };
        long inUse = 0, most = 0, served = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Factory.StartNew(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 2000; i++)
            {
                var bytes = random.Next(50) == 0 ? 1500 : random.Next(1, 600);
                using var lease = budget.Acquire(bytes);
                var now = Interlocked.Add(ref inUse, bytes);
                if (now > 1000 && now != bytes) Interlocked.Exchange(ref most, now);
                Interlocked.Increment(ref served);
                if (i % 16 == 0) Thread.Yield();
                Interlocked.Add(ref inUse, -bytes);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).WaitAsync(Limit);
        Assert.Equal((0L, 16_000L), (most, served));
        Assert.Equal((0L, 0), (budget.BytesInUse, budget.Waiting));
    }

    [Fact]
    public void The_default_is_a_share_of_the_memory_that_NET_may_use()
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var budget = new ImageMemoryBudget();
        Assert.Equal((available / 2, available / 3 * 2), (budget.Bytes, budget.LargestImage));
        Assert.Same(ImageMemoryBudget.Shared, new DlaPreprocessorOptions().Memory);
    }

    [Fact]
    public async Task Single_images_and_data_sets_wait_for_memory_and_stop_waiting_when_they_are_stopped()
    {
        using var folder = new ImageFolder(1);
        var path = folder.Files[0];
        var budget = new ImageMemoryBudget(1000);
        var preprocessing = new ImagePreprocessing { ResizeShortSide = 19, CropSize = 16 };
        var preprocessor = new ImagePreprocessor(preprocessing, memory: budget);
        float[] pixels = new float[preprocessor.Length], expected = new float[preprocessor.Length];
        new ImagePreprocessor(preprocessing).Run(path, expected);
        using var stop = new CancellationTokenSource();
        var ml = new MLContext();
        var options = new DlaPreprocessorOptions { Preprocessing = preprocessing, Memory = budget, CancellationToken = stop.Token };
        var view = ml.Transforms.PreprocessImages(options).Fit(ml.Data.LoadFromEnumerable([new PathRow { ImagePath = path }]))
            .Transform(ml.Data.LoadFromEnumerable(Enumerable.Repeat(new PathRow { ImagePath = path }, 5)));

        var held = budget.Acquire(1000);
        var single = Task.Run(() => preprocessor.Run(path, pixels));
        await WaitersAsync(budget, 1);
        var encoded = Task.Run(() => preprocessor.Crop(File.ReadAllBytes(path), new byte[preprocessor.Length]));
        await WaitersAsync(budget, 2);
        held.Dispose();
        await Task.WhenAll(single, encoded).WaitAsync(Limit);
        Assert.Equal(expected, pixels);
        Assert.All(view.GetColumn<float[]>("Pixels"), row => Assert.Equal(expected, row));
        Assert.Equal(0, budget.BytesInUse);

        held = budget.Acquire(1000);
        var rows = Task.Run(() => view.GetColumn<float[]>("Pixels").Count());
        await UntilAsync(() => budget.Waiting >= 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rows.WaitAsync(Limit));
        await UntilAsync(() => budget.Waiting == 0);
        held.Dispose();
        Assert.Equal(0, budget.BytesInUse);
    }

    [Fact]
    public void A_file_that_can_never_fit_is_refused_by_its_unpacked_bytes_and_its_error_names_it()
    {
        using var folder = new ImageFolder(1);
        var path = folder.Files[0];
        var budget = new ImageMemoryBudget(1000) { LargestImage = new FileInfo(path).Length };
        var error = Assert.Throws<ImageDecodeException>(() => new ImagePreprocessor(new(), memory: budget).Run(path, new float[3 * 224 * 224]));
        Assert.Equal((path, true), (error.Path, error.IsTooLarge));
        Assert.Contains("bytes of memory", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, budget.BytesInUse);
    }

    private static Task<ImageMemoryLease> Start(ImageMemoryBudget budget, long bytes, CancellationToken cancel = default) =>
        Task.Factory.StartNew(() => budget.Acquire(bytes, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Task WaitersAsync(ImageMemoryBudget budget, int count) => UntilAsync(() => budget.Waiting == count);

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var end = DateTime.UtcNow + Limit; !holds(); await Task.Delay(10)) Assert.True(DateTime.UtcNow < end, "not within the limit");
    }
}
