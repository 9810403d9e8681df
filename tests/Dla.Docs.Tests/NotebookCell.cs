using System.Security.Cryptography;
using System.Text;

namespace Dla.Docs.Tests;

/// <summary>One cell: text in Markdown, or C# code.</summary>
internal sealed record NotebookCell(bool IsCode, string Source)
{
    /// <summary>SHA-256, in hexadecimal, of the code up to and with each cell: what a cell's stored output depends on.</summary>
    public static IEnumerable<string> Hashes(IEnumerable<NotebookCell> cells)
    {
        var code = new StringBuilder();
        foreach (var cell in cells.Where(c => c.IsCode))
            yield return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code.Append(cell.Source).Append('\n').ToString())));
    }
}
