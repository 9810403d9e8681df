namespace Dla.MLNet;

/// <summary>What was computed for one image. Used again for other images.</summary>
internal sealed class ImageResult(int length)
{
    private int? _best;

    /// <summary>The values; all NaN for a bad image.</summary>
    public float[] Values { get; } = new float[length];

    /// <summary>Why the image could not be read, or <see langword="null"/>.</summary>
    public ImageDecodeException? Error { get; private set; }

    /// <summary>The index of the largest value; the first of several; −1 where none is a number.</summary>
    public int Best => _best ??= IndexOfLargest();

    /// <summary>Called before new values are written.</summary>
    public void Clear() => (_best, Error) = (null, null);

    public void Fail(ImageDecodeException error)
    {
        Error = error;
        Array.Fill(Values, float.NaN);
    }

    private int IndexOfLargest()
    {
        var best = -1;
        for (var i = 0; i < Values.Length; i++)
            if (best < 0 ? !float.IsNaN(Values[i]) : Values[i] > Values[best]) best = i;
        return best;
    }
}
