using Dla.MLNet;

namespace Dla.WebApp;

/// <summary>Runs the model before the server listens, alone with a map and on all processors at once, so that the first client does not wait for its sessions.</summary>
internal sealed class WarmUp(DlaClassifier classifier, PhotoMaps maps) : IHostedService
{
    /// <summary>A white pixel.</summary>
    private static readonly byte[] Image = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC");

    public Task StartAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        maps.Predict(Image, top: 1, cancellationToken);
        Parallel.For(0, Environment.ProcessorCount, _ => classifier.Predict(Image, cancel: cancellationToken));
    }, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
