using Dla.MLNet;

namespace Dla.Benchmarks;

/// <summary>Mutants of ONNX files: the outline, the card and the weights of the last layer, all that is read without ONNX Runtime.</summary>
internal static class MutateModels
{
    /// <summary>Runs with the arguments FOLDER COUNT SEED [FIRST].</summary>
    public static int Run(string[] args) => new MutationRun("models", Read, e => e is FormatException or NotSupportedException).Run(args);

    private static void Read(byte[] file)
    {
        using var source = ModelSource.FromBytes(file, "mutant");
        using var bytes = source.Open();
        var outline = OnnxOutline.Read(bytes, source.Name);
        if (outline.Metadata.TryGetValue(DlaModelCard.MetadataKey, out var card)) DlaModelCard.Parse(card).ToJson();
        foreach (var output in outline.Outputs) outline.ProducerOf(output.Name);
        LinearHead.Read(source, outline.Outputs[0].Name, "features");
    }
}
