namespace Dla.Finetune;

/// <summary>What a network without its head makes of the images of a data set.</summary>
/// <param name="length">Values F of an embedding.</param>
/// <param name="plain">[N, F], of the images as scoring sees them.</param>
/// <param name="mirrored">[N, F], of their mirror images; <see langword="null"/> for none.</param>
/// <param name="bad">[N], 1 for images that could not be read.</param>
internal sealed class ImageEmbeddings(int length, float[] plain, float[]? mirrored, byte[] bad)
{
    public int Length => length;

    public float[] Plain => plain;

    public float[]? Mirrored => mirrored;

    public byte[] Bad => bad;

    public bool IsBad(int image) => bad[image] != 0;

    /// <summary>The embedding of an image, or of its mirror image.</summary>
    public ReadOnlySpan<float> Of(int image, bool mirrored) => (mirrored ? Mirrored! : plain).AsSpan(image * length, length);
}
