using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Numbers by which ML.NET keeps apart the columns of several scorers in one pipeline: those of one scorer share a number.</summary>
internal static class ScoreColumnSets
{
    /// <summary>The annotation that holds the number.</summary>
    public const string Annotation = "ScoreColumnSetId";

    /// <summary>The annotation's type, as ML.NET's own scorers have it.</summary>
    public static KeyDataViewType Type { get; } = new(typeof(uint), int.MaxValue);

    /// <summary>The number after those of the scorers before, from 1.</summary>
    public static uint Next(DataViewSchema input)
    {
        var last = 0u;
        foreach (var column in input.Where(c => Type.Equals(c.Annotations.Schema.GetColumnOrNull(Annotation)?.Type)))
        {
            var set = 0u;
            column.Annotations.GetValue(Annotation, ref set);
            last = Math.Max(last, set);
        }
        return last + 1;
    }
}
