namespace Dla.Cli.Output;

/// <summary>What <c>dla evaluate</c> prints.</summary>
internal enum EvaluationFormat
{
    /// <summary>Lines for people.</summary>
    Lines,

    /// <summary>The main numbers as JSON.</summary>
    MainJson,

    /// <summary>All numbers as JSON, as they are written to files.</summary>
    WholeJson,
}
