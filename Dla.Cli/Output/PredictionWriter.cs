using System.Globalization;
using System.Text.Json;
using Dla.MLNet;

namespace Dla.Cli.Output;

/// <summary>Writes predictions one by one, so that a long list can be followed or piped.</summary>
internal abstract class PredictionWriter(TextWriter output)
{
    public static readonly string[] Formats = ["table", "csv", "jsonl"];

    /// <summary>A writer.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="output">Where it writes.</param>
    /// <param name="isTerminal">Whether a terminal shows it, which names must not control. Programs get names as they are.</param>
    public static PredictionWriter Create(string format, TextWriter output, bool isTerminal) => format switch
    {
        "csv" => new Csv(output, isTerminal),
        "jsonl" => new JsonLines(output),
        _ => new Lines(output),
    };

    protected TextWriter Output { get; } = output;

    public abstract void Write(string path, IReadOnlyList<DlaClassProbability> top);

    private static string Percent(float probability) => (100 * probability).ToString("f1", CultureInfo.InvariantCulture).PadLeft(5);

    private static string Number(float probability) => probability.ToString("g6", CultureInfo.InvariantCulture);

    /// <summary>The image's path, and under it a line a class.</summary>
    private sealed class Lines(TextWriter output) : PredictionWriter(output)
    {
        public override void Write(string path, IReadOnlyList<DlaClassProbability> top)
        {
            Output.WriteLine(Terminal.Printable(path));
            foreach (var c in top) Output.WriteLine($"  {Percent(c.Probability)} %  {Terminal.Printable(c.Label)}");
        }
    }

    /// <summary>A line for each image and class, with a header; quoted as RFC 4180 says.</summary>
    private sealed class Csv : PredictionWriter
    {
        private readonly bool _isTerminal;

        public Csv(TextWriter output, bool isTerminal) : base(output)
        {
            _isTerminal = isTerminal;
            output.WriteLine("image,rank,class,index,probability");
        }

        public override void Write(string path, IReadOnlyList<DlaClassProbability> top)
        {
            for (var i = 0; i < top.Count; i++)
                Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{Quote(path)},{i + 1},{Quote(top[i].Label)},{top[i].Index},{Number(top[i].Probability)}"));
        }

        private string Quote(string text)
        {
            if (_isTerminal) text = Terminal.Printable(text);
            return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }
    }

    /// <summary>One JSON object an image.</summary>
    private sealed class JsonLines(TextWriter output) : PredictionWriter(output)
    {
        private static readonly JsonSerializerOptions Format = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public override void Write(string path, IReadOnlyList<DlaClassProbability> top) => Output.WriteLine(JsonSerializer.Serialize(
            new { image = path, top = top.Select(c => new { @class = c.Label, index = c.Index, probability = c.Probability }) }, Format));
    }
}
