using Dla.MLNet;

namespace Dla.Benchmarks;

/// <summary>
/// Mutants of images go the way of a file that an app scores: decoded with the default limits, resized, cropped, normalized.
/// Started with <c>dotnet run -c Release --project tests/Dla.Benchmarks -- mutate-images FOLDER COUNT SEED</c>. Debug builds take many times as long.
/// </summary>
internal static class MutateImages
{
    /// <summary>Runs with the arguments FOLDER COUNT SEED [FIRST].</summary>
    public static int Run(string[] args)
    {
        var preprocessor = new ImagePreprocessor(new ImagePreprocessing());
        var pixels = new float[preprocessor.Length];
        return new MutationRun("images", file => preprocessor.Run(file, pixels), e => e is ImageDecodeException).Run(args);
    }
}
