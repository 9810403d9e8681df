using System.Diagnostics;
using System.Globalization;
using Dla.MLNet;

namespace Dla.Benchmarks;

/// <summary>
/// Puts the sample web app under load from another process (wrk) and prints, from one run, its throughput against the engine's and the 99th percentile at half
/// load against the latency of a single image: <c>dotnet run -c Release --project tests/Dla.Benchmarks -- webapp [MODEL.onnx] [SECONDS]</c>.
/// </summary>
/// <remarks>
/// The engine's throughput is that of <see cref="DlaClassifier"/> called by one thread a processor with the photo in memory, its latency that of single calls.
/// Full load is eight connections that send as fast as they are answered. Half load is told twice: with half as many connections as there are processors, each
/// sending as fast as it is answered; and with half of full load's requests a second from eight connections at random times (exponential gaps), as independent
/// people send them, where requests that come together must wait. Everything shares this machine's processors, which must do nothing else.
/// </remarks>
internal static class WebAppLoad
{
    private const int Connections = 8, Rounds = 7;

    public static int Run(string[] arguments)
    {
        var seconds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 20;
        using var photos = new BenchmarkPhotos();
        using var server = new WebAppServer(arguments.Length > 0 ? Path.GetFullPath(arguments[0]) : null);
        var photo = photos.Files[0];
        using var classifier = DlaClassifier.Open(server.Model);
        var bytes = File.ReadAllBytes(photo);
        var single = Latency(classifier, bytes, seconds);
        var wrk = new WrkRun(photos.Folder, photo, server.Address);
        var part = Math.Max(1, seconds / 4);
        Throughput(classifier, bytes, part);   // warm
        wrk.Run(part, Connections);

        // By turns, as what else the machine does changes from minute to minute.
        var rounds = Enumerable.Range(0, Rounds).Select(_ => (Engine: Throughput(classifier, bytes, part), Load: wrk.Run(part, Connections))).ToList();
        var engine = Median(rounds.Select(r => r.Engine));
        var full = rounds.OrderBy(r => r.Load.PerSecond).ElementAt(Rounds / 2).Load;
        var ratios = rounds.Select(r => r.Load.PerSecond / r.Engine).ToList();
        Print($"engine       {engine,8:f1} images/s; one at a time {single:f2} ms");
        Print("full load", full);
        var half = wrk.Run(seconds, Math.Max(1, Environment.ProcessorCount / 2));
        Print("half load", half);

        // Each connection sends one request in pause + answer: together half of the full load.
        var random = wrk.Run(seconds, Connections, Math.Max(0, Connections / (full.PerSecond / 2) * 1000 - single));
        Print("half, random", random);
        Print($"throughput   {Median(ratios),8:f2} × the engine ({ratios.Min():f2} to {ratios.Max():f2}; goal: at least 0.9)");
        Print($"latency      {half.P99 / single,8:f2} × a single image, p99 at half load (goal: under 3); {random.P99 / single:f2} × at random times");
        return full.Failed + half.Failed + random.Failed == 0 ? 0 : 1;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private static double Latency(DlaClassifier classifier, byte[] photo, int seconds)
    {
        for (var i = 0; i < 20; i++) classifier.Predict(photo);
        var latencies = new List<double>();
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / 2.0;)
        {
            var one = Stopwatch.GetTimestamp();
            classifier.Predict(photo);
            latencies.Add(Stopwatch.GetElapsedTime(one).TotalMilliseconds);
        }
        return latencies.Order().ElementAt(latencies.Count / 2);
    }

    private static double Throughput(DlaClassifier classifier, byte[] photo, int seconds)
    {
        var count = 0;
        var start = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; Interlocked.Increment(ref count)) classifier.Predict(photo);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Print(string load, WrkResult result) =>
        Print($"{load,-12} {result.PerSecond,8:f1} requests/s, p50 {result.P50:f2} ms, p99 {result.P99:f2} ms, {result.Failed} failed");

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
