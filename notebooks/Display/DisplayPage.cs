using System.Net;
using System.Reflection;

namespace Dla.Notebooks;

/// <summary>The page that a program's tables and pictures go to.</summary>
internal sealed class DisplayPage
{
    private const string Head =
        """
        <!DOCTYPE html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
        <style>
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
          svg { max-width: 100% } td, th { padding: 0.2rem 0.6rem; text-align: left }
        </style>
        """;

    private readonly string _path;

    private DisplayPage(string path) => _path = path;

    /// <summary>Begins the page of this program, in the temporary folder.</summary>
    public static DisplayPage Begin()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "dla-notebooks")).FullName;
        var page = new DisplayPage(Path.Combine(folder, (Assembly.GetEntryAssembly()?.GetName().Name ?? "notebook") + ".html"));
        File.WriteAllText(page._path, Head);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine($"Tables and pictures are in {page._path}");
        return page;
    }

    public void Add(object value)
    {
        if (value is Html html)
        {
            File.AppendAllText(_path, html.Text + "\n");
            return;
        }
        Console.WriteLine(value);
        File.AppendAllText(_path, $"<pre>{WebUtility.HtmlEncode(value.ToString())}</pre>\n");
    }
}
