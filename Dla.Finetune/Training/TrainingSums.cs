namespace Dla.Finetune;

/// <summary>Sums over the steps of one pass.</summary>
internal sealed record TrainingSums
{
    public double Loss { get; init; }

    public long Correct { get; init; }

    public long Images { get; init; }

    /// <summary>Seconds of the steps, and those of them that the network waited for images.</summary>
    public double Seconds { get; init; }

    public double Waited { get; init; }

    public double MeanLoss => Images == 0 ? 0 : Loss / Images;

    public double Top1 => Images == 0 ? 0 : (double)Correct / Images;
}
