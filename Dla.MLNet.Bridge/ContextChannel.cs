using Microsoft.ML.Runtime;

namespace Dla.MLNet.Bridge;

/// <summary>A channel of messages to the log of an MLContext.</summary>
public sealed class ContextChannel : IDisposable
{
    private readonly IChannel _channel;

    internal ContextChannel(IChannel channel) => _channel = channel;

    /// <summary>Says something.</summary>
    public void Info(string message) => _channel.Info(MessageSensitivity.Unknown, message);

    /// <summary>Says that something is not as it should be.</summary>
    public void Warning(string message) => _channel.Warning(MessageSensitivity.Unknown, message);

    /// <inheritdoc/>
    public void Dispose() => ((IDisposable)_channel).Dispose();
}
