using static TorchSharp.torch;

namespace Dla.Models.Tests;

/// <summary>Each sum is as PyTorch defines it, and stays so while the garbage collector runs.</summary>
public sealed class TensorArithmeticTests
{
    [Fact]
    public void Sums_are_right_while_garbage_is_collected()
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        using var stop = new CancellationTokenSource();
        var collecting = new Thread(() => CollectUntil(stop.Token));
        collecting.Start();
        try
        {
            const int Steps = 100_000;
            var (count, sum, one) = (zeros([], ScalarType.Int64), zeros([], ScalarType.Float64), ones([], ScalarType.Float64));
            for (var i = 0; i < Steps; i++)
            {
                count.IncrementInPlace();
                sum.AddInPlace(one).AddInPlace(one, 2).AddInPlace(-1).MultiplyInPlace(1);
            }
            Assert.Equal((Steps, 2.0 * Steps), (count.item<long>(), sum.item<double>()));
        }
        finally
        {
            stop.Cancel();
            collecting.Join();
        }
    }

    private static void CollectUntil(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
        }
    }
}
