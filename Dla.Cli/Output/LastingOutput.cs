using System.Text;
using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>A console's output whose terminal may be closed while the command runs.</summary>
internal sealed class LastingOutput(TextWriter terminal, LastingWriter writer) : IAnsiConsoleOutput
{
    private readonly AnsiConsoleOutput _inner = new(terminal);

    public TextWriter Writer => writer;

    public bool IsTerminal => _inner.IsTerminal;

    public int Width => _inner.Width;

    public int Height => _inner.Height;

    public void SetEncoding(Encoding encoding) => _inner.SetEncoding(encoding);
}
