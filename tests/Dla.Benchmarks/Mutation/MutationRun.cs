using System.Globalization;

namespace Dla.Benchmarks;

/// <summary>
/// Gives mutants of good files to a reader, and reports what must not be: exceptions that are not documented, and more than three seconds of
/// processor time for one. A crash ends the process: the file <c>mutant.txt</c> in the working directory then has the mutant's number.
/// </summary>
/// <param name="name">What the files are, for the report.</param>
/// <param name="read">Reads a file's bytes.</param>
/// <param name="isDocumented">Whether an exception is one that the reader's documentation names for bad files.</param>
internal sealed class MutationRun(string name, Action<byte[]> read, Func<Exception, bool> isDocumented)
{
    /// <summary>The most processor time for one file.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Runs with the arguments FOLDER COUNT SEED [FIRST].</summary>
    /// <returns>The process's status: 0 if nothing bad was found.</returns>
    public int Run(string[] args)
    {
        if (args is not [var folder, var count, var seed, ..])
        {
            Console.Error.WriteLine($"Usage: mutate-{name} FOLDER COUNT SEED [FIRST]. " +
                "Mutants are made of the files in FOLDER. FIRST is the number of the first one.");
            return 2;
        }
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        if (files.Count == 0)
        {
            Console.Error.WriteLine($"'{folder}' has no files. Expected good {name} to make mutants of.");
            return 2;
        }
        var first = args.Length > 3 ? Number(args[3]) : 0;
        return Run(new Mutator(files, (int)Number(seed)), first, first + Number(count), files.Count);
    }

    private int Run(Mutator mutator, long first, long end, int seeds)
    {
        var (good, refused, undocumented, slow) = (0L, 0L, 0L, 0L);
        var (slowest, slowestNumber) = (TimeSpan.Zero, first);
        using var place = new StreamWriter("mutant.txt") { AutoFlush = true };
        for (var number = first; number < end; number++)
        {
            var mutant = mutator.Make(number);
            place.BaseStream.Position = 0;
            place.WriteLine(number.ToString("D12", CultureInfo.InvariantCulture));
            var before = Environment.CpuUsage.TotalTime;
            try
            {
                read(mutant);
                good++;
            }
            catch (Exception e) when (isDocumented(e))
            {
                refused++;
            }
            catch (Exception e)
            {
                undocumented++;
                Report(mutant, number, e.ToString());
            }
            var time = Environment.CpuUsage.TotalTime - before;
            if (time > Limit)
            {
                slow++;
                Report(mutant, number, $"{time.TotalSeconds:0.0} s of processor time");
            }
            if (time > slowest) (slowest, slowestNumber) = (time, number);
            if ((number + 1 - first) % 10_000 == 0) Console.WriteLine($"{number + 1 - first:N0}: {good:N0} read, {refused:N0} refused");
        }
        Console.WriteLine($"{end - first:N0} mutants of {seeds} {name}: {good:N0} read, {refused:N0} refused, " +
            $"{undocumented} undocumented exceptions, {slow} slow. " +
            $"The slowest, {slowestNumber}, took {slowest.TotalSeconds:0.00} s of processor time.");
        return undocumented + slow == 0 ? 0 : 1;
    }

    /// <summary>Keeps a mutant in the working directory.</summary>
    private void Report(byte[] mutant, long number, string what)
    {
        var file = $"mutant-{name}-{number}.bin";
        File.WriteAllBytes(file, mutant);
        Console.WriteLine($"{file}: {what}");
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
