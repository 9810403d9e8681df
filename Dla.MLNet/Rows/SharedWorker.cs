namespace Dla.MLNet;

/// <summary>Works on the image of a view of one row with what single images have in common, so that many such views at a time share the processors.</summary>
internal sealed class SharedWorker(SingleImages singles) : ImageWorker
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Reads the image and runs the model: others may want the worker in between.</summary>
    public override void Load(int index, ImageInput input, Span<float> values) => singles.RunLeased(input, values, _stop.Token);

    public override void Stop() => _stop.Cancel();

    /// <summary>Nothing: the source of the token is stopped at any time, and has no timer.</summary>
    public override void Dispose()
    {
    }
}
