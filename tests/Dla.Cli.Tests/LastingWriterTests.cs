using Dla.Cli.Output;
using Spectre.Console;

namespace Dla.Cli.Tests;

public class LastingWriterTests
{
    [Fact]
    public void Writing_to_a_terminal_that_was_closed_is_no_error()
    {
        using var terminal = new ClosableTerminal();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new LastingOutput(terminal, new LastingWriter(terminal)) });
        console.WriteLine("before");
        terminal.IsClosed = true;
        console.WriteLine("after");
        console.Profile.Out.Writer.Flush();
        Assert.Equal("before", terminal.ToString().Trim());
    }

    /// <summary>As a terminal does after a hang-up, it answers with an input/output error.</summary>
    private sealed class ClosableTerminal : StringWriter
    {
        public bool IsClosed { get; set; }

        public override void Write(char value) => Do(() => base.Write(value));

        public override void Write(string? value) => Do(() => base.Write(value));

        public override void Write(char[] buffer, int index, int count) => Do(() => base.Write(buffer, index, count));

        public override void Flush() => Do(base.Flush);

        private void Do(Action write)
        {
            if (IsClosed) throw new IOException("Input/output error");
            write();
        }
    }
}
