using System.Reflection;
using Microsoft.ML;

namespace Dla.Benchmarks;

/// <summary>Mutants of ML.NET zips, loaded. ML.NET's own readers come first, so that their exceptions count as documented as well.</summary>
internal static class MutateSavedModels
{
    /// <summary>Runs with the arguments FOLDER COUNT SEED [FIRST].</summary>
    public static int Run(string[] args)
    {
        var ml = new MLContext(seed: 1);
        return new MutationRun("saved-models", file =>
        {
            using var stream = new MemoryStream(file, writable: false);
            if (ml.Model.Load(stream, out _) is IDisposable model) model.Dispose();
        }, IsDocumented).Run(args);
    }

    private static bool IsDocumented(Exception error) => error switch
    {
        TargetInvocationException { InnerException: { } inner } => IsDocumented(inner),
        FormatException or InvalidOperationException or InvalidDataException or IOException or ArgumentException or NotSupportedException => true,
        _ => false,
    };
}
