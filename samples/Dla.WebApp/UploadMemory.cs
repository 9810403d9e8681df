namespace Dla.WebApp;

/// <summary>The memory of all uploads together, from their first byte until they are classified or refused.</summary>
/// <remarks>
/// It counts the bytes that have come and not the requests, so that slow clients take no room from others.
/// When it is full, uploads that have stopped have to leave. Kestrel asks for a rate on the average only.
/// </remarks>
internal sealed class UploadMemory(ClassifierSettings settings, TimeProvider time)
{
    /// <summary>An upload that has filled no block of 64 KB for so long has stopped: it is slower than 20 kB a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Dictionary<Upload, Share> _shares = [];   // under its own lock
    private long _free = settings.UploadRoom;

    /// <summary>Whether there is no room for one more image of the largest size.</summary>
    public bool IsFull
    {
        get { lock (_shares) return _free < settings.MaxUploadBytes; }
    }

    /// <summary>The answer to a client whose upload has no room.</summary>
    public static BadHttpRequestException Full() => new("The memory for uploads is full.", StatusCodes.Status503ServiceUnavailable);

    /// <summary>Takes memory for an upload; false if there is none left.</summary>
    public bool TryTake(Upload upload, int bytes)
    {
        lock (_shares)
        {
            while (_free < bytes && Stopped(upload) is { } other)
            {
                Remove(other);
                other.Stop();   // under the lock: it has not given its memory back, so its request has not ended
            }
            if (_free < bytes) return false;
            _free -= bytes;
            _shares[upload] = new Share(_shares.GetValueOrDefault(upload).Bytes + bytes, time.GetTimestamp(), IsWhole: false);
            return true;
        }
    }

    /// <summary>An upload has come whole: its memory is its own until it is classified.</summary>
    public void Keep(Upload upload)
    {
        lock (_shares)
            if (_shares.TryGetValue(upload, out var share)) _shares[upload] = share with { IsWhole = true };
    }

    public void GiveBack(Upload upload)
    {
        lock (_shares) Remove(upload);
    }

    private void Remove(Upload upload)
    {
        if (_shares.Remove(upload, out var share)) _free += share.Bytes;
    }

    /// <summary>The upload that has waited longest for its next block, if that is too long.</summary>
    private Upload? Stopped(Upload except)
    {
        var (upload, share) = _shares.Where(s => !s.Value.IsWhole && s.Key != except).DefaultIfEmpty().MinBy(s => s.Value.Since);
        return upload is not null && time.GetElapsedTime(share.Since) > Patience ? upload : null;
    }

    /// <param name="Bytes">The upload's memory.</param>
    /// <param name="Since">The time of its last block.</param>
    /// <param name="IsWhole">Whether all of it has come.</param>
    private readonly record struct Share(long Bytes, long Since, bool IsWhole);
}
