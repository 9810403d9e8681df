using System.CommandLine;
using System.Runtime.ExceptionServices;
using Dla.Cli.Output;
using Dla.MLNet;

namespace Dla.Cli;

/// <summary>The options of <c>dla evaluate</c> that say where its numbers go, and what they are compared with.</summary>
internal sealed class EvaluationOutputs
{
    private readonly Option<string?> _report = new("--report") { Description = "Write a page for people: " +
        "one HTML file that needs nothing else.", HelpName = "file" };
    private readonly Option<string?> _csv = new("--csv") { Description = "Write all numbers as CSV: group, name, metric, value.", HelpName = "file" };
    private readonly Option<string?> _baseline = new("--baseline") { Description = "An earlier --json FILE of the same data: tell what changed.",
        HelpName = "file" };
    private readonly Option<string?> _json = new("--json")
    {
        Description = "Write all numbers as JSON to the file, or to standard output for '-'; without either print the main ones: " +
            "images, top1, top5 (fractions) and more.",
        HelpName = "file",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_report, _json, _csv, _baseline]) command.Add(option);
    }

    /// <summary>Reads the baseline and looks at where files go, before hours of scoring.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="classNames">The model's classes.</param>
    /// <param name="images">Images to score.</param>
    /// <param name="inputs">The model and the data, which must not be written over.</param>
    public DlaReport? Prepare(ParseResult parsed, IReadOnlyList<string> classNames, long images, params ReadOnlySpan<string?> inputs)
    {
        var files = new Dictionary<string, string>();
        foreach (var option in (Option<string?>[])[_report, _json, _csv])
        {
            if (parsed.GetValue(option) is not { } file || (option == _json && file == EarlyChecks.StandardOutput)) continue;
            EarlyChecks.RequireOther(option.Name, file, inputs);
            EarlyChecks.RequireWritable(option.Name, file);
            if (!files.TryAdd(Path.GetFullPath(file), option.Name))
                throw new ArgumentException($"{files[Path.GetFullPath(file)]} and {option.Name} both name '{file}'. Name two files.");
        }
        if (parsed.GetValue(_baseline) is not { } path) return null;
        var baseline = DlaReport.Load(path);
        if (baseline.Images != images)
            throw new ArgumentException($"'{path}' was evaluated on {baseline.Images:N0} images " +
                $"('{baseline.Data}') and there are {images:N0} now. Evaluate both on the same data.");
        if (baseline.Classes.Count > 0 && !baseline.Classes.Select(c => c.Name).SequenceEqual(classNames))
            throw new ArgumentException($"'{path}' has other classes ({baseline.Classes.Count}, first '{baseline.Classes[0].Name}') " +
                $"than this model ({classNames.Count}, first '{classNames[0]}'). Compare models of the same classes.");
        if (baseline.Labels.Length == 0)
            throw new ArgumentException($"'{path}' holds only the main numbers, as --json prints them. Write all of them with --json FILE, and " +
                "name that file.");
        return baseline;
    }

    /// <summary>Prints the main numbers, or all of them, and writes the files that were asked for.</summary>
    public void Write(ParseResult parsed, DlaReport report, DlaReportOptions options)
    {
        DlaReportComparison? comparison = null;
        ExceptionDispatchInfo? incomparable = null;   // told last, after the numbers that may have taken hours
        try
        {
            comparison = options.Baseline is { } baseline ? report.CompareWith(baseline) : null;
        }
        catch (ArgumentException e)
        {
            (incomparable, options) = (ExceptionDispatchInfo.Capture(e), options with { Baseline = null });
        }
        var json = parsed.GetValue(_json);
        var isPrinted = json == EarlyChecks.StandardOutput;
        EvaluationReport.Write(report, comparison, isPrinted ? EvaluationFormat.WholeJson
            : json is null && parsed.GetResult(_json) is { Implicit: false } ? EvaluationFormat.MainJson : EvaluationFormat.Lines);
        if (json is not null && !isPrinted) report.WriteJson(Told(json));
        if (parsed.GetValue(_csv) is { } csv) report.WriteCsv(Told(csv));
        if (parsed.GetValue(_report) is { } page) report.Write(Told(page), options);
        incomparable?.Throw();

        static string Told(string file)
        {
            Console.Error.WriteLine(Terminal.Printable($"writing {file}"));
            return file;
        }
    }
}
