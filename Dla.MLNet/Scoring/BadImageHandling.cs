namespace Dla.MLNet;

/// <summary>What happens when an image is absent, cut off, corrupt, too large or not an image.</summary>
public enum BadImageHandling
{
    /// <summary>Reading the row throws an <see cref="ImageDecodeException"/> that names path and reason, and the row of a data set.</summary>
    Throw,

    /// <summary>The row's numbers are NaN, its predicted label is missing, and the reason stands in the image error column.</summary>
    Missing,
}
