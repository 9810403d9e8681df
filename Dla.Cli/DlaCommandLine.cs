using System.CommandLine;
using System.CommandLine.Invocation;
using Dla.Cli.Commands;
using Dla.Cli.Help;
using Dla.Cli.Output;

namespace Dla.Cli;

/// <summary>The <c>dla</c> command: parses, runs one verb, and turns errors into one line and an exit status.</summary>
internal static class DlaCommandLine
{
    public const int Done = 0, Failed = 1, WrongUsage = 2;

    /// <summary>Printed by a command that a signal ended.</summary>
    public const string Stopped = "dla: stopped.";

    /// <summary>Follows the line that an error is.</summary>
    public const string VerboseHint = " (--verbose tells more.)";

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "On failure, print the whole error.", Recursive = true };

    /// <summary>The command with all its verbs.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand("Deep Layer Aggregation image classifiers: classify, evaluate, export, quantize, fine-tune.")
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
            CompletionCommand.Create(),
        };
        ExampleHelp.AddTo(root);
        return root;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length == 0)
        {
            await Console.Out.WriteLineAsync(Welcome.Text);
            return Done;
        }
        var root = CreateRoot();
        if (Completions.AreAsked(args)) return Completions.Write(root, args);
        var parsed = root.Parse(args);
        if (await RefuseAsync(parsed, root)) return WrongUsage;
        // Training handles signals itself: its last checkpoint may take long.
        using var stop = parsed.Action is AsynchronousCommandLineAction ? new StopLimit() : null;
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is OperationCanceledException || (stop is { IsRequested: true } && IsStop(e)))
        {
            await Console.Error.WriteLineAsync(Stopped);
            return Failed;
        }
        catch (Exception e)
        {
            var cause = Cause(e);
            await Console.Error.WriteLineAsync(IsVerbose(parsed) ? e.ToString() : $"dla: {Line(cause)}{(IsOwn(cause) ? "" : VerboseHint)}");
            return cause is ArgumentException ? WrongUsage : Failed;
        }
    }

    /// <summary>Whether whole errors were asked for.</summary>
    public static bool IsVerbose(ParseResult parsed) => parsed.GetValue(Verbose);

    /// <summary>Whether an error is this command's word on its options, of which there is no more to tell.</summary>
    private static bool IsOwn(Exception cause) => cause is ArgumentException && cause.Source == typeof(DlaCommandLine).Assembly.GetName().Name;

    /// <summary>Tells what is wrong with a command line.</summary>
    /// <returns>Whether something is.</returns>
    private static async Task<bool> RefuseAsync(ParseResult parsed, RootCommand root)
    {
        if (parsed.Action is ExampleHelp) return false;
        var verb = parsed.CommandResult.Command;
        var mistyped = Suggestion.MistypedOption(parsed) ?? (parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null);
        if (parsed.Errors.Count == 0 && mistyped is null) return false;
        if (mistyped is not null) await Console.Error.WriteLineAsync($"dla: {Suggestion.For(mistyped, verb)}");
        else if (Suggestion.TakenByOption(parsed) is { } remedy) await Console.Error.WriteLineAsync($"dla: {remedy}");
        else foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"dla: {error.Message}");
        await Console.Error.WriteLineAsync($"Try 'dla {(verb == root ? "" : CommandExamples.Path(verb) + " ")}--help'.");
        return true;
    }

    /// <summary>The message on one line, without the parameter's name that .NET appends for developers.</summary>
    internal static string Line(Exception e)
    {
        var message = Terminal.Printable(e.Message.ReplaceLineEndings(" "));
        return e is ArgumentException { ParamName: { } name } ? message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : message;
    }

    /// <summary>Whether an error wraps a cancellation, as ML.NET's own threads do it.</summary>
    private static bool IsStop(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
            if (inner is OperationCanceledException) return true;
        return false;
    }

    /// <summary>The error behind the wrappers that parallel and reflective calls put around it.</summary>
    private static Exception Cause(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [var first, ..] } => Cause(first),
        System.Reflection.TargetInvocationException { InnerException: { } inner } => Cause(inner),
        TypeInitializationException { InnerException: { } inner } => Cause(inner),
        _ => e,
    };
}
