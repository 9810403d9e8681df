using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Dla.MLNet.Bridge;

/// <summary>A channel of messages to the log of an MLContext.</summary>
public sealed class ContextChannel : IDisposable
{
    private readonly IChannel _channel;

    /// <summary>Opens a channel.</summary>
    /// <param name="catalog">What a context offers, such as <c>ml.MulticlassClassification.Trainers</c>.</param>
    /// <param name="name">What the messages are about.</param>
    /// <exception cref="InvalidCastException"><paramref name="catalog"/> is of no context.</exception>
    public ContextChannel(object catalog, string name) => _channel = ((IInternalCatalog)catalog).Environment.Start(name);

    /// <summary>Says something.</summary>
    public void Info(string message) => _channel.Info(MessageSensitivity.Unknown, message);

    /// <summary>Says that something is not as it should be.</summary>
    public void Warning(string message) => _channel.Warning(MessageSensitivity.Unknown, message);

    /// <inheritdoc/>
    public void Dispose() => ((IDisposable)_channel).Dispose();
}
