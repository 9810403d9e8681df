using System.Collections.Concurrent;
using System.Text;

namespace Dla.Cli;

/// <summary>Reads paths from standard input on a thread of its own, so that a wait for the next one ends when it is cancelled.</summary>
internal static class InputLines
{
    /// <summary>Characters of a line: several times what systems allow a path.</summary>
    private const int LongestLine = 32 << 10;

    /// <summary>Lines that are read ahead.</summary>
    private const int Ahead = 1000;

    /// <summary>The lines of standard input that are not blank, without blanks at their ends.</summary>
    /// <exception cref="InvalidDataException">A line is too long for a path.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IEnumerable<string> Read(CancellationToken cancel)
    {
        var lines = new BlockingCollection<string>(Ahead);   // not disposed of: the thread may still wait for input
        var reading = Task.Factory.StartNew(() => Fill(lines, Console.In, cancel), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        foreach (var line in lines.GetConsumingEnumerable(cancel)) yield return line;
        reading.GetAwaiter().GetResult();
    }

    private static void Fill(BlockingCollection<string> lines, TextReader input, CancellationToken cancel)
    {
        try
        {
            while (Next(input) is { } line)
                if (!string.IsNullOrWhiteSpace(line)) lines.Add(line.Trim(), cancel);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for more.
        }
        finally
        {
            lines.CompleteAdding();
        }
    }

    /// <summary>The next line; <see langword="null"/> at the end. A stream without line ends must not fill memory.</summary>
    private static string? Next(TextReader input)
    {
        var line = new StringBuilder();
        while (input.Read() is >= 0 and var letter)
        {
            if (letter == '\n') return line.ToString();
            if (line.Length == LongestLine)
                throw new InvalidDataException($"A line of standard input has more than {LongestLine} characters; expected one path a line. " +
                    "To classify an image that comes by standard input, name /dev/stdin.");
            line.Append((char)letter);
        }
        return line.Length > 0 ? line.ToString() : null;
    }
}
