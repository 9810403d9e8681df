namespace Dla.MLNet;

/// <summary>What was computed for one image. Used again for other images.</summary>
internal sealed class ImageResult(int length)
{
    private int _best = -1;

    /// <summary>The values; all NaN for a bad image.</summary>
    public float[] Values { get; } = new float[length];

    /// <summary>Why the image could not be read, or <see langword="null"/>.</summary>
    public ImageDecodeException? Error { get; private set; }

    /// <summary>The index of the largest value; the first of several.</summary>
    public int Best => _best >= 0 ? _best : _best = IndexOfLargest();

    /// <summary>Called before new values are written.</summary>
    public void Clear() => (_best, Error) = (-1, null);

    public void Fail(ImageDecodeException error)
    {
        Error = error;
        Array.Fill(Values, float.NaN);
    }

    private int IndexOfLargest()
    {
        var best = 0;
        for (var i = 1; i < Values.Length; i++)
            if (Values[i] > Values[best]) best = i;
        return best;
    }
}
