using Dla.Models;

namespace Dla.Benchmarks;

/// <summary>Mutants of weight files of every format: opened, with every tensor read and the names compared with all variants.</summary>
internal static class MutateCheckpoints
{
    /// <summary>Runs with the arguments FOLDER COUNT SEED [FIRST].</summary>
    public static int Run(string[] args)
    {
        var path = Path.Combine(Path.GetTempPath(), $"dla-mutant-{Guid.NewGuid():n}");
        try
        {
            return new MutationRun("checkpoints", file => Read(path, file), e => e is CheckpointException).Run(args);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Read(string path, byte[] file)
    {
        File.WriteAllBytes(path, file);
        using var checkpoint = Checkpoint.Open(path);
        foreach (var tensor in checkpoint.Tensors) tensor.Read().Dispose();
        checkpoint.FindVariant();
    }
}
