using System.Text;

namespace Dla.Cli.Output;

/// <summary>Leaves out the blanks at the ends of lines, with which tables are filled up: in files and pipes they are only long.</summary>
internal sealed class TrimmedLines(TextWriter output) : TextWriter
{
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => output.Encoding;

    public override void Write(char value)
    {
        if (value != '\n')
        {
            _line.Append(value);
            return;
        }
        Pass();
        output.Write('\n');
    }

    /// <summary>Writes out a line that has no end yet.</summary>
    public override void Flush()
    {
        Pass();
        output.Flush();
    }

    private void Pass()
    {
        output.Write(_line.ToString().TrimEnd(' ', '\r'));
        _line.Clear();
    }
}
