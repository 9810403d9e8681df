namespace Dla.MLNet;

/// <summary>What is gathered while rows stream by, beside ML.NET's metrics: memory does not grow with the images, but for the bad ones.</summary>
internal sealed class EvaluationSums(IReadOnlyList<string> classNames, int worstMistakes, IProgress<long>? progress)
{
    private readonly PriorityQueue<DlaMistake, (double Probability, long Row)> _worst = new();
    private readonly CalibrationSums _calibration = new();
    private readonly LabelFingerprint _labels = new();
    private readonly List<BadImage> _bad = [];

    /// <summary>Rows so far.</summary>
    public long Images { get; private set; }

    /// <summary>Rows that are not bad: those that ML.NET's metrics are about.</summary>
    public long Measured => Images - _bad.Count;

    public IReadOnlyList<BadImage> BadImages => _bad;

    public string Labels => _labels.ToString();

    public DlaCalibration Calibration => _calibration.ToCalibration();

    /// <summary>The wrong answers with the highest probability, worst first.</summary>
    public IReadOnlyList<DlaMistake> WorstMistakes => [.. _worst.UnorderedItems.OrderByDescending(w => w.Priority).Select(w => w.Element)];

    /// <summary>Takes a row.</summary>
    /// <param name="label">The right class's key, from 1; 0 for a missing one.</param>
    /// <param name="scores">The probabilities of the classes.</param>
    /// <param name="error">Why the image could not be read, or an empty text.</param>
    /// <returns>Whether it can be measured; else it is among the bad ones.</returns>
    public bool Add(uint label, ReadOnlySpan<float> scores, string error)
    {
        _labels.Add(label);
        if (error.Length == 0 && (label == 0 || label > scores.Length)) error = $"The image of row {Images} has no label among the model's classes.";
        if (error.Length == 0 && !AreFinite(scores)) error = $"The model's scores for the image of row {Images} are not finite numbers.";
        if (error.Length > 0) _bad.Add(new BadImage(Images, error));
        else Score((int)label - 1, scores);
        Images++;
        progress?.Report(Images);
        return error.Length == 0;
    }

    private static bool AreFinite(ReadOnlySpan<float> scores)
    {
        foreach (var score in scores)
            if (!float.IsFinite(score)) return false;
        return true;
    }

    private void Score(int actual, ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        _calibration.Add(scores[best], best == actual);
        if (best == actual || worstMistakes == 0) return;
        // The heap's least is the mildest of those kept; among equals the earlier image stays.
        var priority = ((double)scores[best], -Images);
        if (_worst.Count == worstMistakes && _worst.TryPeek(out _, out var mildest) && priority.CompareTo(mildest) <= 0) return;
        if (_worst.Count == worstMistakes) _worst.Dequeue();
        _worst.Enqueue(new DlaMistake(Images, classNames[actual], classNames[best], scores[best], scores[actual]), priority);
    }
}
