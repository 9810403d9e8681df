namespace Dla.Finetune;

/// <summary>Sums over the steps of one pass.</summary>
internal sealed record TrainingSums
{
    public double Loss { get; init; }

    public long Correct { get; init; }

    public long Images { get; init; }

    /// <summary>Images left out because they are bad.</summary>
    public int BadImages { get; init; }

    /// <summary>Seconds of the steps, and those of them that the network waited for images.</summary>
    public double Seconds { get; init; }

    public double Waited { get; init; }

    /// <summary>These and one step more.</summary>
    public TrainingSums Plus(Batch batch, double loss, long correct, double seconds, double waited) => new()
    {
        Loss = Loss + loss * batch.Count,
        Correct = Correct + correct,
        Images = Images + batch.Count,
        BadImages = BadImages + batch.BadImages,
        Seconds = Seconds + seconds,
        Waited = Waited + waited,
    };

    /// <summary>These and one batch that was too small for a step.</summary>
    public TrainingSums Without(Batch batch) => this with { BadImages = BadImages + batch.BadImages };

    public double MeanLoss => Images == 0 ? 0 : Loss / Images;

    public double Top1 => Images == 0 ? 0 : (double)Correct / Images;
}
