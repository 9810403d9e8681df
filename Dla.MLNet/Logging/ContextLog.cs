using Dla.MLNet.Bridge;

namespace Dla.MLNet;

/// <summary>Messages to an MLContext's <c>Log</c> event.</summary>
internal sealed class ContextLog(ContextChannel channel) : IDisposable
{
    public void Info(string message) => channel.Info(message);

    public void Warning(string message) => channel.Warning(message);

    public void Dispose() => channel.Dispose();
}
