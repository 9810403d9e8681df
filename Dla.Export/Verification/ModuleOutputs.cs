using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Export;

/// <summary>What the module gives for one batch, in the dtype of its weights.</summary>
internal sealed record ModuleOutputs(Tensor Logits, Tensor Embedding, Tensor Features, bool HasHead, double TermScale)
{
    public static ModuleOutputs Of(DlaNetwork network, Tensor pixels)
    {
        var features = network.ForwardFeatures(pixels)[^1];
        var embedding = features.mean([2, 3]);
        var hasHead = network.Options.NumClasses > 0;
        return new ModuleOutputs(hasHead ? network.ForwardHead(embedding) : embedding, embedding, features, hasHead, hasHead ? Terms(network, embedding) : 0);
    }

    /// <summary>
    /// The module's counterpart of a file's output: by name; a single output of another name is the logits, several are told by their shapes.
    /// <see langword="null"/> where there is none.
    /// </summary>
    public Tensor? Counterpart(string name, bool isOnlyOutput, ReadOnlySpan<long> shape)
    {
        switch (name)
        {
            case "logits": return Logits;
            case "probabilities": return Logits.softmax(1);
            case "embedding": return Embedding;
            case "features": return Features;
        }
        if (isOnlyOutput) return Logits;
        foreach (var output in (Tensor[])[Logits, Embedding, Features])
            if (shape.SequenceEqual(output.shape)) return output;
        return null;
    }

    /// <summary>Whether the largest value of an output's row is the image's class.</summary>
    /// <param name="name">The output's name.</param>
    /// <param name="counterpart">What <see cref="Counterpart"/> gives for it.</param>
    public bool IsScore(string name, Tensor counterpart) => HasHead && (name == "probabilities" || ReferenceEquals(counterpart, Logits));

    /// <summary>
    /// What differences of an output are relative to: its largest absolute value; of logits at least the size of their terms, which can cancel each other where
    /// there are few classes; for probabilities that of the logits and at least 1, for the softmax turns an absolute error of the logits into one of the same
    /// order, however large the logits are.
    /// </summary>
    public double Scale(string name, ReadOnlySpan<double> values)
    {
        if (name == "probabilities") return Math.Max(1, Logits.abs().max().to(ScalarType.Float64).item<double>());
        var largest = Math.Abs(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude(values));
        return HasHead && name is not ("embedding" or "features") ? Math.Max(largest, TermScale) : largest;
    }

    /// <summary>
    /// The size of the terms w · e that a logit is the sum of: the largest root of the sum of their squares, about what a sum of terms of random signs
    /// is.
    /// </summary>
    private static double Terms(DlaNetwork network, Tensor embedding) =>
        embedding.mul(embedding).matmul(network.Head!.weight.mul(network.Head.weight).flatten(1).t()).max().sqrt().to(ScalarType.Float64).item<double>();
}
