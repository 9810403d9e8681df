using System.CommandLine;
using System.CommandLine.Invocation;
using Dla.Cli.Commands;

namespace Dla.Cli;

/// <summary>The <c>dla</c> command: parses, runs one verb, and turns errors into one line and an exit status.</summary>
internal static class DlaCommandLine
{
    public const int Done = 0, Failed = 1, WrongUsage = 2;

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "On failure, print the whole error.", Recursive = true };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Deep Layer Aggregation image classifiers: classify, evaluate, export, quantize, fine-tune. Start with: dla classify PHOTO.jpg")
        {
            Verbose,
            ModelsCommand.Create(),
            ExportCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"dla: {error.Message}");
            await Console.Error.WriteLineAsync($"Try 'dla {parsed.CommandResult.Command.Name} --help'.".Replace("dla dla", "dla", StringComparison.Ordinal));
            return WrongUsage;
        }
        if (parsed.Action is ParseErrorAction) return WrongUsage;
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("dla: stopped.");
            return Failed;
        }
        catch (Exception e) when (!parsed.GetValue(Verbose))
        {
            await Console.Error.WriteLineAsync("dla: " + Cause(e).Message.ReplaceLineEndings(" "));
            return Cause(e) is ArgumentException ? WrongUsage : Failed;
        }
    }

    /// <summary>The error behind the wrappers that parallel and reflective calls put around it.</summary>
    private static Exception Cause(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [var only] } => Cause(only),
        System.Reflection.TargetInvocationException { InnerException: { } inner } => Cause(inner),
        TypeInitializationException { InnerException: { } inner } => Cause(inner),
        _ => e,
    };
}
