using Dla.MLNet;

namespace Dla.Export;

/// <summary>How a model is quantized.</summary>
public sealed record DlaQuantizationOptions
{
    /// <summary>How activation ranges are chosen. Default: the best on the calibration images.</summary>
    public DlaCalibrationMethod Method { get; init; } = DlaCalibrationMethod.Best;

    /// <summary>Percent of the values inside the range of <see cref="DlaCalibrationMethod.Percentile"/>, above 50 and below 100. Default: 99.99.</summary>
    public double Percentile { get; init; } = 99.99;

    /// <summary>How much of int8 the weights use. Default: what no processor saturates on.</summary>
    public DlaWeightRange WeightRange { get; init; } = DlaWeightRange.Auto;

    /// <summary>
    /// Nodes that stay float: names, beginnings of names such as <c>/level2</c>, and <c>first</c> and <c>last</c> for the first and last with weights.
    /// Default: none.
    /// </summary>
    public IReadOnlyList<string> KeepFloat { get; init; } = [];

    /// <summary>
    /// Fraction in (0, 1] of the comparison images on which the best class must be the float model's; the layers with the most noise of their own
    /// stay float until it is met. Default: none, every layer is quantized.
    /// </summary>
    public double? TargetAgreement { get; init; }

    /// <summary>Whether the mean error that rounding the weights causes is taken out through the biases. Default: yes.</summary>
    public bool CorrectBias { get; init; } = true;

    /// <summary>
    /// Whether all inputs and the output of a concatenation have one scale, so that it only copies. Default: no, each keeps its own: finer, and
    /// rescaling costs a percent or two of the time.
    /// </summary>
    public bool ShareConcatScales { get; init; }

    /// <summary>How images become the model's input. Default: the model card's, or ImageNet's at the size the model fixes.</summary>
    public ImagePreprocessing? Preprocessing { get; init; }

    /// <summary>What the calibration image of a number, from 0, is called in messages, such as its path. Default: its number.</summary>
    public Func<int, string>? ImageName { get; init; }

    /// <summary>The first images of the calibration set, on which methods are compared and noise is measured. Default: 128.</summary>
    public int ComparisonImages { get; init; } = 128;

    /// <summary>Images preprocessed and run at the same time. Default: one per processor.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    internal void Validate()
    {
        if (Percentile is not (> 50 and < 100)) throw new ArgumentException($"The percentile is {Percentile}; " +
            "it must be above 50 and below 100, such as 99.99.");
        if (TargetAgreement is not (null or (> 0 and <= 1))) throw new ArgumentException($"The target agreement is {TargetAgreement}; " +
            "it is a fraction above 0, at most 1, such as 0.99.");
        if (ComparisonImages < 1) throw new ArgumentException($"{ComparisonImages} images are to be compared; it must be at least 1.");
        if (Parallelism < 1) throw new ArgumentException($"The parallelism is {Parallelism}; it must be at least 1.");
        Preprocessing?.Validate();
    }
}
