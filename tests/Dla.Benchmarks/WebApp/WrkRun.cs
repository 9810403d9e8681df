using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Dla.Benchmarks;

/// <summary>Runs wrk (Debian's package of that name) with a photo as the body of every request.</summary>
internal sealed class WrkRun
{
    private readonly string _script, _photo, _address;

    public WrkRun(string folder, string photo, string address)
    {
        (_script, _photo, _address) = (Path.Combine(folder, "post.lua"), photo, address);
        File.WriteAllText(_script, """
            wrk.method = "POST"
            wrk.headers["Content-Type"] = "image/jpeg"
            local file = io.open(os.getenv("PHOTO"), "rb")
            wrk.body = file:read("*a")
            file:close()
            local pause = tonumber(os.getenv("PAUSE"))
            if pause > 0 then
              function delay() return -math.log(1 - math.random()) * pause end
            end
            function done(summary, latency)
              local e = summary.errors
              io.write(string.format("RESULT %.3f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
                latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
            end
            """);
    }

    /// <summary>Sends requests for some seconds.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="connections">Connections, each with one request at a time.</param>
    /// <param name="pauseMilliseconds">The mean of each connection's random pause before a request; 0 for none.</param>
    public WrkResult Run(int seconds, int connections, double pauseMilliseconds = 0)
    {
        var start = new ProcessStartInfo("wrk", ["-t", "1", "-c", Text(connections), "-d", $"{Text(seconds)}s", "--timeout", "10s", "-s", _script,
            _address + "/classify"])
        {
            RedirectStandardOutput = true,
            Environment = { ["PHOTO"] = _photo, ["PAUSE"] = Text(pauseMilliseconds) },
        };
        using var process = Start(start);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var result = output.Split('\n').SingleOrDefault(l => l.StartsWith("RESULT ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk failed:\n{output}");
        var values = result.Split(' ')[1..].Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
        return new WrkResult(values[0], values[1], values[2], (int)values[3]);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("wrk cannot be started. Install it: apt-get install wrk", e);
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
