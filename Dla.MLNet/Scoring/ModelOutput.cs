namespace Dla.MLNet;

/// <summary>The output of a model that is read: its name and how many values it has for each image.</summary>
/// <param name="Name">The output's name.</param>
/// <param name="Length">Values an image.</param>
/// <param name="Rank">Its dimensions: 2, or 4 with a height and width.</param>
/// <param name="IsLogits">Whether the values become probabilities by a softmax.</param>
internal sealed record ModelOutput(string Name, int Length, int Rank, bool IsLogits)
{
    /// <summary>The plane of an output of four dimensions. Default: one value.</summary>
    public (int Height, int Width) Plane { get; init; } = (1, 1);

    /// <summary>The shape of a run of this many images.</summary>
    public long[] Shape(int batch) => Rank == 2 ? [batch, Length] : [batch, Length / (Plane.Height * Plane.Width), Plane.Height, Plane.Width];

    /// <summary>The class scores: <c>logits</c>, else <c>probabilities</c>, else the file's only output with a row per image.</summary>
    /// <param name="outline">The file's outline.</param>
    /// <param name="model">What messages call the model.</param>
    /// <param name="shapeOf">Gives the shape that ONNX Runtime infers for an output whose shape the file leaves open.</param>
    public static ModelOutput Classes(OnnxOutline outline, string model, Func<string, IReadOnlyList<long>> shapeOf)
    {
        var vectors = outline.Outputs.Where(o => o.ElementType is OnnxTensorInfo.Float32 or 0 && o.Name != "embedding")
            .Select(o => RowLength(o) is null && o.Shape is null or [_, < 0] ? o with { Shape = shapeOf(o.Name) } : o)
            .Where(o => RowLength(o) is not null).ToList();
        var chosen = vectors.Find(o => o.Name == "logits") ?? vectors.Find(o => o.Name == "probabilities") ?? (vectors is [var only] ? only : null);
        if (chosen is null)
            throw new NotSupportedException($"'{model}' gives {string.Join(" and ", outline.Outputs)}; class scores are expected, float32 [N, C] " +
                "named logits or probabilities. A model without a head can be used with FeaturizeImages.");
        var producer = outline.ProducerOf(chosen.Name);
        var isOne = RowLength(chosen) == 1 && !outline.Metadata.ContainsKey(DlaModelCard.MetadataKey);   // a card says that it is a class
        if (isOne || (producer == "Sigmoid" && chosen.Name != "probabilities"))
            throw new NotSupportedException($"'{model}' gives {chosen}{(producer == "Sigmoid" ? " by a sigmoid" : "")}, which says yes or no to each label " +
                "by itself; a score for each of two classes or more is expected, of which one is right. Export the model with a softmax over its classes.");
        var isLogits = chosen.Name != "probabilities" && producer != "Softmax";
        return new ModelOutput(chosen.Name, RowLength(chosen)!.Value, chosen.Shape!.Count, isLogits);
    }

    /// <summary>The embedding: the output of that name, or else what the model's global average pooling gives.</summary>
    /// <param name="outline">The file's outline.</param>
    /// <param name="model">What messages call the model.</param>
    /// <param name="expose">Makes a tensor inside the graph an output, and gives its shape, which the outline does not know.</param>
    public static ModelOutput Embedding(OnnxOutline outline, string model, Func<string, IReadOnlyList<long>?> expose)
    {
        if (outline.Outputs.FirstOrDefault(o => o.Name == "embedding" && o.ElementType == OnnxTensorInfo.Float32) is { } output
            && RowLength(output) is { } length)
            return new ModelOutput(output.Name, length, output.Shape!.Count, IsLogits: false);
        if (outline.PooledName is { } pooled)
        {
            var inside = new OnnxTensorInfo(GraphOutput.NameOf(pooled), OnnxTensorInfo.Float32, expose(pooled));
            if (RowLength(inside) is { } inner) return new ModelOutput(inside.Name, inner, inside.Shape!.Count, IsLogits: false);
        }
        throw new NotSupportedException($"'{model}' gives {string.Join(" and ", outline.Outputs)} and has no global average pooling of float32 numbers; " +
            "FeaturizeImages needs the output embedding, float32 [N, F]. " +
            "Export the model with --outputs logits,embedding.");
    }

    /// <summary>Most values of one image's row; ImageNet-21k has 21,841 classes.</summary>
    private const int LargestRow = 1 << 24;

    /// <summary>C of [N, C] or [N, C, 1, 1].</summary>
    private static int? RowLength(OnnxTensorInfo output) => output.Shape switch
    {
        [_, > 0 and <= LargestRow and var n] => (int)n,
        [_, > 0 and <= LargestRow and var n, 1, 1] => (int)n,
        _ => null,
    };
}
