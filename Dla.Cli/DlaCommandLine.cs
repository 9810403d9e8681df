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
        var root = new RootCommand("Deep Layer Aggregation image classifiers: classify, evaluate, export, quantize, fine-tune.\nStart with: dla classify PHOTO.jpg")
        {
            Verbose,
            ClassifyCommand.Create(),
            EvaluateCommand.Create(),
            ModelsCommand.Create(),
            WeightsCommand.Create(),
            FinetuneCommand.Create(),
            ExportCommand.Create(),
            VerifyCommand.Create(),
            QuantizeCommand.Create(),
            BenchmarkCommand.Create(),
        };
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            var verb = parsed.CommandResult.Command;
            var mistyped = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
            if (mistyped is not null) await Console.Error.WriteLineAsync($"dla: {Suggestion.For(mistyped, verb)}");
            else foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"dla: {error.Message}");
            await Console.Error.WriteLineAsync($"Try 'dla {(verb == root ? "" : verb.Name + " ")}--help'.");
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
            var cause = Cause(e);
            await Console.Error.WriteLineAsync($"dla: {Line(cause)}");
            return cause is ArgumentException ? WrongUsage : Failed;
        }
    }

    /// <summary>The message on one line, without the parameter's name that .NET appends for developers.</summary>
    internal static string Line(Exception e)
    {
        var message = e.Message.ReplaceLineEndings(" ");
        return e is ArgumentException { ParamName: { } name } ? message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : message;
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
