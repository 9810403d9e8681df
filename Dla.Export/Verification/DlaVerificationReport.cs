using System.Globalization;

namespace Dla.Export;

/// <summary>How an ONNX file compares with the module it should equal.</summary>
/// <param name="Cases">One per output, batch and size.</param>
/// <param name="Tolerance">Largest relative difference that passes.</param>
public sealed record DlaVerificationReport(IReadOnlyList<DlaVerificationCase> Cases, double Tolerance)
{
    /// <summary>
    /// Largest difference of the file's outputs from the same network computed in float64, for the first input, relative to the largest value.
    /// Beside <see cref="ModuleError"/> it tells how much of a difference is float32's rounding on either side.
    /// </summary>
    public double FileError { get; init; }

    /// <summary>The same for the module in float32.</summary>
    public double ModuleError { get; init; }

    /// <summary>The largest relative difference of all cases.</summary>
    public double RelativeDifference => Cases.Max(c => c.RelativeDifference);

    /// <summary>The mean absolute difference, averaged over the cases.</summary>
    public double MeanDifference => Cases.Average(c => c.MeanDifference);

    /// <summary>Fraction of images in [0, 1] with the same best class; 1 where no output is class scores.</summary>
    public double Top1Agreement
    {
        get
        {
            var scores = Cases.Where(c => c.IsScore).ToList();
            return scores.Count == 0 ? 1 : scores.Sum(c => c.Top1Agreement * c.InputShape[0]) / scores.Sum(c => c.InputShape[0]);
        }
    }

    /// <summary>Whether every case is within the tolerance.</summary>
    public bool Passed => Cases.All(c => c.RelativeDifference <= Tolerance);

    /// <summary>Throws when a case is not within the tolerance.</summary>
    /// <exception cref="DlaVerificationException">The message names the worst case.</exception>
    public void ThrowIfFailed()
    {
        if (Passed) return;
        var worst = Cases.FirstOrDefault(c => double.IsNaN(c.RelativeDifference)) ?? Cases.MaxBy(c => c.RelativeDifference)!;
        throw new DlaVerificationException(string.Create(CultureInfo.InvariantCulture,
            $"'{worst.Output}' differs from the module by {worst.RelativeDifference:g3} " +
                $"of its largest value for input [{string.Join(", ", worst.InputShape)}]; ") +
            string.Create(CultureInfo.InvariantCulture, $"{Tolerance:g3} is allowed. " +
                $"The ONNX file does not belong to these weights, or overflows in its precision."), this);
    }
}
