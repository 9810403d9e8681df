using System.Globalization;

namespace Dla.Benchmarks;

/// <summary>
/// The sample web app in a control group of 1 GB under clients that send large images:
/// <c>dotnet run -c Release --project tests/Dla.Benchmarks -- webapp-memory [MINUTES] [CLIENTS]</c>.
/// </summary>
/// <remarks>Needs Linux, the right to make control groups (root), Debian's python3-pil and a quiet machine.</remarks>
internal static class WebAppMemory
{
    private const long Limit = 1 << 30;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var minutes = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        var clients = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 12;
        var images = MemoryLoad.MakeImages() ?? throw new InvalidOperationException("The images cannot be made. Install Debian's python3-pil.");
        MemoryLoadResult alone;
        using (var group = NewGroup())
        using (var server = new WebAppServer(null, group, "--Classifier:Concurrency=1"))
        using (var load = new MemoryLoad(server.Address, images))
            alone = await load.RunAsync(1, TimeSpan.FromMinutes(Math.Min(1, minutes)));
        Print($"Concurrency=1, one client: {alone}; {alone.PerMinute:f1} a minute");

        using var limited = NewGroup();
        using var app = new WebAppServer(null, limited);
        using var crowd = new MemoryLoad(app.Address, images);
        await crowd.MedianAsync(3);
        var before = await crowd.MedianAsync(15);
        var result = await crowd.RunAsync(clients, TimeSpan.FromMinutes(minutes));
        var after = await crowd.MedianAsync(15);
        Print($"{clients} clients, {minutes} minutes: {result}");
        bool[] checks =
        [
            Check($"200 or 503 only", result.IsClean),
            Check($"{result.PerMinute:f1} answers with 200 a minute, {result.PerMinute / alone.PerMinute:f2} × those of one client",
                result.PerMinute >= 0.9 * alone.PerMinute),
            Check($"longest time of a client without a 200: {result.LongestGap.TotalSeconds:f1} s",
                result.LongestGap <= TimeSpan.FromSeconds(30)),
            Check($"peak of the group {limited.Peak / 1e6:f0} MB, of the process {app.ResidentPeak / 1e6:f0} MB",
                limited.Peak < 900_000_000),
            Check($"a single client: {before.TotalMilliseconds:f0} ms before, {after.TotalMilliseconds:f0} ms after, {after / before:f2} ×",
                after <= 1.2 * before),
        ];
        return checks.All(c => c) ? 0 : 1;
    }

    private static MemoryGroup NewGroup() =>
        MemoryGroup.TryCreate(Limit) ?? throw new InvalidOperationException("A control group cannot be made. Run this as root on Linux.");

    private static bool Check(FormattableString line, bool holds)
    {
        Print($"{(holds ? "ok    " : "FAILED")} {FormattableString.Invariant(line)}");
        return holds;
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
