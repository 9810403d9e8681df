using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dla.Docs.Tests;

/// <summary>An .ipynb file (nbformat 4.5), as .NET Interactive's C# kernel writes it.</summary>
internal static class NotebookFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 1,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The cells, and for each code cell the hash it was last run with and its outputs.</summary>
    public static (IReadOnlyList<NotebookCell> Cells, IReadOnlyList<(string Hash, JsonArray Outputs)> Runs) Read(string path)
    {
        var notebook = JsonNode.Parse(File.ReadAllText(path))!;
        var cells = notebook["cells"]!.AsArray();
        return (
            [.. cells.Select(c => new NotebookCell((string?)c!["cell_type"] == "code", string.Concat(c["source"]!.AsArray().Select(line => (string)line!))))],
            [.. cells.Where(c => (string?)c!["cell_type"] == "code").Select(c => ((string)c!["metadata"]!["dla"]!["sha256"]!, c["outputs"]!.AsArray()))]);
    }

    public static void Write(string path, IReadOnlyList<NotebookCell> cells, IReadOnlyList<JsonArray> outputs)
    {
        var hashes = NotebookCell.Hashes(cells).ToArray();
        var run = 0;
        var json = new JsonArray();
        foreach (var (i, cell) in cells.Index())
        {
            var node = new JsonObject { ["cell_type"] = cell.IsCode ? "code" : "markdown", ["id"] = $"cell-{i}" };
            if (cell.IsCode)
            {
                node["execution_count"] = run + 1;
                node["metadata"] = new JsonObject
                {
                    ["dla"] = new JsonObject { ["sha256"] = hashes[run] },
                    ["dotnet_interactive"] = new JsonObject { ["language"] = "csharp" },
                    ["polyglot_notebook"] = new JsonObject { ["kernelName"] = "csharp" },
                };
                node["outputs"] = outputs[run++].DeepClone();
            }
            else
            {
                node["metadata"] = new JsonObject();
            }
            node["source"] = Lines(cell.Source);
            json.Add(node);
        }
        var notebook = new JsonObject
        {
            ["cells"] = json,
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
                ["language_info"] = new JsonObject { ["name"] = "polyglot-notebook" },
                ["polyglot_notebook"] = new JsonObject { ["kernelInfo"] = new JsonObject { ["defaultKernelName"] = "csharp" } },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        File.WriteAllText(path + ".tmp", notebook.ToJsonString(Indented) + "\n");
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Text as notebooks store it: an array of lines, each but the last with its line feed.</summary>
    public static JsonArray Lines(string text)
    {
        var lines = text.Split('\n');
        return [.. lines.Select((line, i) => JsonValue.Create(i < lines.Length - 1 ? line + "\n" : line))
            .Where((_, i) => i < lines.Length - 1 || lines[i].Length > 0)];
    }
}
