using Dla.MLNet.Bridge;

namespace Dla.MLNet;

/// <summary>Messages to an MLContext's <c>Log</c> event.</summary>
internal sealed class ContextLog : IDisposable
{
    private readonly ContextChannel _channel;

    private ContextLog(ContextChannel channel) => _channel = channel;

    /// <param name="catalog">What the context offers, such as <c>ml.MulticlassClassification.Trainers</c>.</param>
    /// <param name="name">What the messages are about.</param>
    public static ContextLog Open(object catalog, string name) => new(new ContextChannel(catalog, name));

    public void Info(string message) => _channel.Info(message);

    public void Warning(string message) => _channel.Warning(message);

    public void Dispose() => _channel.Dispose();
}
