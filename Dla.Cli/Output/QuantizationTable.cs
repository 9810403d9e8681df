using System.Globalization;
using Dla.Export;
using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>What <c>dla quantize</c> prints.</summary>
internal static class QuantizationTable
{
    public static void Write(DlaQuantizationReport report, string images)
    {
        var layers = new Table().Border(TableBorder.Simple).AddColumn("layer").AddColumn("operator");
        foreach (var name in (string[])["own SNR dB", "total SNR dB", "range"]) layers.AddColumn(new TableColumn(name).RightAligned());
        foreach (var layer in report.Layers.Where(l => l.Float is null))
            layers.AddRow(Terminal.Printable(layer.Name).EscapeMarkup(), layer.Operator, Number(layer.OwnSnr), Number(layer.TotalSnr),
                layer.Min is { } min ? Text($"{min:g3} … {layer.Max:g3}") : "float");
        Terminal.Results.Write(layers);
        foreach (var (operation, nodes) in report.FloatOperators)
        {
            var reason = report.Layers.First(l => l.Float is not null && l.Operator == operation).Float;
            Print($"float: {nodes.Count} {operation} ({reason}): {string.Join(", ", nodes.Take(4))}{(nodes.Count > 4 ? ", …" : "")}");
        }
        foreach (var trial in report.Trials)
        {
            var taken = trial.Method == report.Method ? ", taken" : "";
            Print($"ranges by {trial.Method}: logits {trial.Snr:f2} dB, top-1 agreement {100 * trial.Agreement:f1} %{taken}");
        }
        Print($"ONNX Runtime on this machine: {string.Join(", ", report.OptimizedNodes.Select(n => $"{n.Value} {n.Key}"))}");
        var left = report.FloatInOptimizedGraph.Count == 0 ? "no convolution, product, addition, concatenation, pooling or ReLU"
            : string.Join(", ", report.FloatInOptimizedGraph);
        Print($"left in float: {left}");
        var made = Text($"{report.Bytes / 1e6:f1} MB from {report.FloatBytes / 1e6:f1}; {report.CalibrationImages:N0} images of {images}");
        var compared = Text($"on the first {report.ComparisonImages} of them logits {report.Snr:f1} dB, top-1 agreement {100 * report.Agreement:f1} %");
        Print($"{report.Path}: {made}; {compared}");
    }

    private static void Print(FormattableString line) => Console.Out.WriteLine(Terminal.Printable(Text(line)));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value) => value is { } v ? Text($"{v:f1}") : "–";
}
