using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Dla.MLNet.Bridge;

/// <summary>What an MLContext says, seen from one of its catalogs or from the loading of a model.</summary>
public sealed class ContextEnvironment
{
    private readonly IHostEnvironment _environment;

    internal ContextEnvironment(IHostEnvironment environment) => _environment = environment;

    /// <summary>The number of the GPU that the context asks for, or <see langword="null"/>.</summary>
    public int? GpuDeviceId => (_environment as IHostEnvironmentInternal)?.GpuDeviceId;

    /// <summary>Whether the context takes the processor when there is no such GPU.</summary>
    public bool FallbackToCpu => _environment is IHostEnvironmentInternal { FallbackToCpu: true };

    /// <summary>The context of a catalog.</summary>
    /// <param name="catalog">What a context offers, such as <c>ml.Transforms</c>.</param>
    /// <exception cref="InvalidCastException"><paramref name="catalog"/> is of no context.</exception>
    public static ContextEnvironment Of(object catalog) => new(((IInternalCatalog)catalog).Environment);

    /// <summary>Opens a channel to the context's log.</summary>
    /// <param name="name">What the messages are about.</param>
    public ContextChannel Open(string name) => new(_environment.Start(name));
}
