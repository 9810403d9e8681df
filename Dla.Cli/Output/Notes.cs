namespace Dla.Cli.Output;

/// <summary>Writes what a person should know of the data to standard error, each sentence once: data is opened for several purposes.</summary>
internal static class Notes
{
    private static readonly HashSet<string> Written = [];

    public static void Write(string note)
    {
        lock (Written)
        {
            if (!Written.Add(note)) return;
        }
        Console.Error.WriteLine(Terminal.Printable(note));
    }
}
