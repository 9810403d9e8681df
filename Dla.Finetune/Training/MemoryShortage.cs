using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Dla.Finetune;

/// <summary>Recognizes errors of libtorch and .NET that mean too little memory, and says what to do.</summary>
internal static partial class MemoryShortage
{
    private static readonly string[] Texts = ["can't allocate memory", "not enough memory", "out of memory", "bad_alloc"];

    /// <summary>Whether an error means that there is too little memory.</summary>
    public static bool Is(Exception e) => e is OutOfMemoryException and not InsufficientMemoryException
        || e is ExternalException && Array.Exists(Texts, t => e.Message.Contains(t, StringComparison.OrdinalIgnoreCase));

    /// <summary>The error for the caller of a training.</summary>
    /// <param name="e">What libtorch or .NET said.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="side">Side of an image in pixels.</param>
    public static InsufficientMemoryException Of(Exception e, DlaTrainingOptions options, int side) => new(string.Create(CultureInfo.InvariantCulture,
        $"There is not enough memory to train with batches of {options.BatchSize} images of {side} × {side} pixels{Asked(e)}. ") +
        $"Make {nameof(options.BatchSize)} smaller, or compute each batch in more parts with {nameof(options.AccumulationSteps)} " +
        string.Create(CultureInfo.InvariantCulture, $"(now {options.AccumulationSteps})."), e);

    /// <summary>The error for the caller of a measurement, whose batches have a fixed size.</summary>
    public static InsufficientMemoryException OfMeasurement(Exception e, int images, int side) => new(string.Create(CultureInfo.InvariantCulture,
        $"There is not enough memory to measure {images} images of {side} × {side} pixels at a time{Asked(e)}. Give the process more memory."), e);

    private static string Asked(Exception e) => Bytes().Match(e.Message) is { Success: true } match
        ? string.Create(CultureInfo.InvariantCulture, $": {decimal.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture):N0} bytes could not be allocated")
        : "";

    [GeneratedRegex(@"tried to allocate ([0-9]{1,20}) bytes")]
    private static partial Regex Bytes();
}
