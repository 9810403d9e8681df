namespace Dla.Finetune;

/// <summary>The order in which a pass goes through the images; it depends on the seed and the pass.</summary>
internal sealed class ImageOrder(ImageDataset data, DlaTrainingOptions options)
{
    private readonly int[][]? _classes = options.BalancedSampling
        ? [.. Enumerable.Range(0, data.Count).GroupBy(data.Label).OrderBy(g => g.Key).Select(g => g.ToArray())] : null;

    /// <summary>As many places of images as there are images.</summary>
    /// <param name="epoch">The pass, from 0.</param>
    public int[] Of(int epoch)
    {
        var random = new SampleRandom(options.Seed, epoch, -1);
        var order = _classes is null ? [.. Enumerable.Range(0, data.Count)] : Balanced(_classes, epoch, ref random);
        random.Shuffle(order);
        return order;
    }

    /// <summary>
    /// What the variation of the image at a position depends on, beside the seed and the pass: the image; with balanced sampling, which draws some
    /// images again and again, the position, so that each time it varies otherwise.
    /// </summary>
    public int Variation(int[] order, int position) => _classes is null ? order[position] : position;

    /// <summary>Every class as often: of a large one some images, other ones in each pass; of a small one all, again and again.</summary>
    private int[] Balanced(int[][] classes, int epoch, ref SampleRandom random)
    {
        var order = new int[data.Count];
        var next = 0;
        for (var c = 0; c < classes.Length; c++)
        {
            var images = (int[])classes[c].Clone();
            random.Shuffle(images);
            var more = (c + epoch) % classes.Length < data.Count % classes.Length ? 1 : 0;   // who gets the remainder changes
            for (var i = 0; i < data.Count / classes.Length + more; i++) order[next++] = images[i % images.Length];
        }
        return order;
    }
}
