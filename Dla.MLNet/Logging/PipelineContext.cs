using Dla.MLNet.Bridge;

namespace Dla.MLNet;

/// <summary>The MLContext that an estimator was asked of, or that loads a model: its log, and what it says about GPUs.</summary>
internal sealed class PipelineContext(ContextEnvironment environment)
{
    /// <summary>The number of the GPU that the context asks for, or <see langword="null"/>. It may be set after the catalog was asked.</summary>
    public int? GpuDeviceId => environment.GpuDeviceId;

    /// <summary>Whether the context takes the processor when there is no such GPU.</summary>
    public bool FallbackToCpu => environment.FallbackToCpu;

    /// <param name="catalog">What the context offers, such as <c>ml.Transforms</c>.</param>
    public static PipelineContext Of(object catalog) => new(ContextEnvironment.Of(catalog));

    /// <summary>Opens a channel to the context's log.</summary>
    /// <param name="name">What the messages are about.</param>
    public ContextLog Open(string name) => new(environment.Open(name));

    /// <summary>Says one thing that is not as it should be.</summary>
    /// <param name="name">What the message is about.</param>
    /// <param name="message">The message.</param>
    public void Warn(string name, string message)
    {
        using var log = Open(name);
        log.Warning(message);
    }
}
