using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>The images of one step, as a source of batches prepares them.</summary>
/// <param name="values">Images [N, size, size, 3], normalised; or embeddings [N, F].</param>
/// <param name="labels">[N].</param>
/// <param name="shape">The shape of one image or embedding: [size, size, 3], or [F].</param>
internal sealed class Batch(float[] values, long[] labels, params long[] shape)
{
    public int Count => labels.Length;

    public float[] Values => values;

    public long[] Labels => labels;

    /// <summary>Side in pixels.</summary>
    public int Size => (int)shape[0];

    /// <summary>Whether the frozen network has already made embeddings of the images.</summary>
    public bool IsEmbeddings => shape.Length == 1;

    /// <summary>The labels of the images that are mixed into these, [N]; <see langword="null"/> for none.</summary>
    public long[]? OtherLabels { get; init; }

    /// <summary>The part of each image, in [0, 1], that is its own.</summary>
    public double OwnPart { get; init; } = 1;

    /// <summary>Images that would have been in the batch, but are bad.</summary>
    public int BadImages { get; init; }

    /// <summary>Copies to a tensor: images [N, 3, size, size] in channels-last strides, or embeddings [N, F].</summary>
    public Tensor ToTensor()
    {
        var inputs = tensor(values, [Count, .. shape]);
        return IsEmbeddings ? inputs : inputs.permute(0, 3, 1, 2);
    }
}
