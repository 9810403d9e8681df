using System.Diagnostics;

namespace Dla.Finetune;

/// <summary>Times steps: each one's duration and waiting, and the speed over the last ones.</summary>
internal sealed class StepClock
{
    /// <summary>Weight of the newest step in the running mean.</summary>
    private const double Newest = 0.05;

    private long _last;
    private TimeSpan _waited;
    private double _secondsPerImage;

    /// <summary>Images per second, over about the last twenty steps.</summary>
    public double ImagesPerSecond => _secondsPerImage > 0 ? 1 / _secondsPerImage : 0;

    /// <summary>Begins a series of steps.</summary>
    /// <param name="waited">How long the network has waited for images so far.</param>
    public void Start(TimeSpan waited) => (_last, _waited) = (Stopwatch.GetTimestamp(), waited);

    /// <summary>Ends a step and begins the next.</summary>
    public (double Seconds, double Waited) Tick(TimeSpan waited, int images)
    {
        var now = Stopwatch.GetTimestamp();
        var seconds = Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
        var waiting = (waited - _waited).TotalSeconds;
        (_last, _waited) = (now, waited);
        _secondsPerImage = _secondsPerImage == 0 ? seconds / images : (1 - Newest) * _secondsPerImage + Newest * seconds / images;
        return (seconds, waiting);
    }
}
