namespace Dla.Finetune;

/// <summary>
/// Mixup (Zhang et al., 2018) and CutMix (Yun et al., 2019): each image of a batch gets a part of the one before it, and its label the same part.
/// </summary>
/// <remarks>
/// One proportion a batch, from Beta(α, α); where both are asked for, half of the batches are mixed one way and half the other, as timm does.
/// </remarks>
internal static class BatchMixing
{
    /// <summary>Sets these random numbers apart from those of the same seed for other uses.</summary>
    private const ulong Stream = 0x6D69_7875_70;

    /// <summary>Mixes the images of a batch, in place.</summary>
    /// <param name="batch">Images; they are overwritten.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="epoch">The pass, from 0.</param>
    /// <param name="number">The batch in the pass, from 0.</param>
    public static Batch Mix(Batch batch, DlaTrainingOptions options, int epoch, int number)
    {
        var (mixup, cutMix) = (options.MixupAlpha > 0, options.CutMixAlpha > 0);
        if (!mixup && !cutMix) return batch;
        var random = new SampleRandom(options.Seed ^ Stream, epoch, number);
        var cut = cutMix && (!mixup || random.Below(2) == 1);
        var alpha = cut ? options.CutMixAlpha : options.MixupAlpha;
        var own = RandomProportion.Beta(alpha, ref random);
        own = cut ? Cut(batch, own, ref random) : Blend(batch, own);
        return new Batch(batch.Values, batch.Labels, batch.Size, batch.Size, 3)
        {
            OtherLabels = [batch.Labels[^1], .. batch.Labels.AsSpan(0, batch.Count - 1)],
            OwnPart = own,
            BadImages = batch.BadImages,
        };
    }

    private static double Blend(Batch batch, double own)
    {
        Pairs(batch, (image, other) =>
        {
            for (var i = 0; i < image.Length; i++) image[i] = (float)own * image[i] + (float)(1 - own) * other[i];
        });
        return own;
    }

    /// <summary>Pastes a rectangle of 1 − <paramref name="own"/> of the area, anywhere, cut off at the edges.</summary>
    /// <returns>The part of the area that is the image's own.</returns>
    private static double Cut(Batch batch, double own, ref SampleRandom random)
    {
        var size = batch.Size;
        var half = (int)(0.5 * Math.Sqrt(1 - own) * size);
        var (x, y) = (random.Below(size), random.Below(size));
        int left = Math.Max(0, x - half), right = Math.Min(size, x + half), top = Math.Max(0, y - half), bottom = Math.Min(size, y + half);
        Pairs(batch, (image, other) =>
        {
            for (var row = top; row < bottom; row++)
            {
                var (start, length) = ((row * size + left) * 3, (right - left) * 3);
                other.Slice(start, length).CopyTo(image.Slice(start, length));
            }
        });
        return 1 - (double)(right - left) * (bottom - top) / ((double)size * size);
    }

    /// <summary>Every image with the one before it, which is still as it was; the first with the last.</summary>
    private static void Pairs(Batch batch, PairAction action)
    {
        var length = batch.Values.Length / batch.Count;
        var last = batch.Values[^length..];
        for (var i = batch.Count - 1; i >= 0; i--)
            action(batch.Values.AsSpan(i * length, length), i > 0 ? batch.Values.AsSpan((i - 1) * length, length) : last);
    }

    private delegate void PairAction(Span<float> image, ReadOnlySpan<float> other);
}
