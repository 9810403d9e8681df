using System.Runtime.ExceptionServices;

namespace Dla.Export;

/// <summary>Runs work on several threads; an error comes out as it was thrown, not wrapped.</summary>
internal static class Runs
{
    public static void Parallel(int count, int parallelism, Action<int> run, CancellationToken cancel)
    {
        try
        {
            System.Threading.Tasks.Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancel }, run);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
    }
}
