using System.Diagnostics;
using Dla.MLNet;
using SkiaSharp;

namespace Dla.WebApp;

/// <summary>
/// Classifies a picture of a photo's size before the server listens, alone with a map and on all processors at once, so that the first clients wait
/// neither for sessions nor for compilation.
/// </summary>
internal sealed class WarmUp(DlaClassifier classifier, PhotoMaps maps, ClassifierSettings settings) : IHostedService
{
    /// <summary>After 30 calls the runtime compiles a method again, for speed.</summary>
    private const int Calls = 40;

    /// <summary>Large models need not be called so often: less of their time is the runtime's.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public Task StartAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        var picture = Picture();
        maps.Predict(picture, top: 1, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        Parallel.For(0, Calls, (_, loop) =>
        {
            classifier.Predict(picture, cancel: cancellationToken);
            if (Stopwatch.GetElapsedTime(start) > Longest) loop.Stop();
        });
    }, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private byte[] Picture()
    {
        var (width, height) = settings.MaxPixels < 500 * 375 ? (1, 1) : (500, 375);
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.OliveDrab);
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return jpeg.ToArray();
    }
}
