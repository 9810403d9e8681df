using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dla.Cli.Tests;

/// <summary>A web proxy that writes down what it is asked for and refuses it.</summary>
internal sealed class ProxyRecorder : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public ProxyRecorder()
    {
        _listener.Start();
        _ = Task.Run(AnswerAsync);
    }

    public string Address => $"http://{_listener.LocalEndpoint}";

    public ConcurrentQueue<string> Requests { get; } = new();

    public void Dispose() => _listener.Dispose();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
                Requests.Enqueue(await reader.ReadLineAsync() ?? "");
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                }
                await client.GetStream().WriteAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
