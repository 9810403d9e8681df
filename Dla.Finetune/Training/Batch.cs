using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>The images of one step, as the loader prepares them.</summary>
/// <param name="pixels">[N, size, size, 3], normalised.</param>
/// <param name="labels">[N].</param>
/// <param name="size">Side in pixels.</param>
internal sealed class Batch(float[] pixels, long[] labels, int size)
{
    public int Count => labels.Length;

    public float[] Pixels => pixels;

    public long[] Labels => labels;

    /// <summary>Copies to tensors: images [N, 3, size, size] in channels-last strides, and labels [N].</summary>
    public (Tensor Images, Tensor Labels) ToTensors() =>
        (tensor(pixels, [Count, size, size, 3]).permute(0, 3, 1, 2), tensor(labels));
}
