using System.Text;

namespace Dla.Cli.Output;

/// <summary>
/// Writes to a terminal as long as it is there. After it was closed, what is written is dropped: the command has work to save and must not end for want
/// of a reader.
/// </summary>
internal sealed class LastingWriter(TextWriter terminal) : TextWriter
{
    public override Encoding Encoding => terminal.Encoding;

    public override void Write(char value) => Try(() => terminal.Write(value));

    public override void Write(string? value) => Try(() => terminal.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => terminal.Write(buffer, index, count));

    public override void Flush() => Try(terminal.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            // The terminal is gone.
        }
    }
}
