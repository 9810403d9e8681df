namespace Dla.MLNet;

/// <summary>Counts images by their confidence.</summary>
internal sealed class CalibrationSums
{
    private const int Bins = 15;

    private readonly long[] _images = new long[Bins], _right = new long[Bins];
    private readonly double[] _confidence = new double[Bins];

    public void Add(double confidence, bool isRight)
    {
        var bin = Math.Clamp((int)Math.Ceiling(confidence * Bins) - 1, 0, Bins - 1);
        _images[bin]++;
        _confidence[bin] += confidence;
        if (isRight) _right[bin]++;
    }

    public DlaCalibration ToCalibration()
    {
        var bins = Enumerable.Range(0, Bins).Select(i =>
        {
            var images = Math.Max(1, _images[i]);
            return new DlaCalibrationBin((double)i / Bins, (i + 1.0) / Bins, _images[i], _confidence[i] / images, (double)_right[i] / images);
        }).ToArray();
        var all = Math.Max(1, _images.Sum());
        return new DlaCalibration(bins, bins.Sum(b => b.Images * Math.Abs(b.Accuracy - b.Confidence)) / all);
    }
}
