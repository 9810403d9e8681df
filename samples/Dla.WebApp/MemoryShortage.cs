namespace Dla.WebApp;

/// <summary>Remembers that there was no memory for a photo, until one is classified again or some seconds have passed.</summary>
internal sealed class MemoryShortage(TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    private long _last = -1;

    /// <summary>Whether there was no memory for the last photo, not long ago.</summary>
    public bool IsRecent => Interlocked.Read(ref _last) is >= 0 and var last && time.GetElapsedTime(last) < Remembered;

    public void Begin() => Interlocked.Exchange(ref _last, time.GetTimestamp());

    public void End() => Interlocked.Exchange(ref _last, -1);
}
