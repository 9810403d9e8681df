using System.Collections.Concurrent;
using System.CommandLine;
using Dla.Cli.Output;
using Dla.MLNet;

namespace Dla.Cli.Commands;

/// <summary><c>dla classify</c>: the most probable classes of images.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        var images = new Argument<string[]>("IMAGES") { Description = "Image files, folders of them, " +
            "or - for one path a line from standard input.", Arity = ArgumentArity.OneOrMore };
        var model = DefaultModel.Option();
        var preprocessing = new PreprocessingOptions(PreprocessingOptions.Model);
        var top = new Option<int>("--top") { Description = "How many classes to print for each image.", DefaultValueFactory = _ => 5 };
        var format = new Option<string>("--format") { Description = "table, csv or jsonl.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong(PredictionWriter.Formats);
        var explain = new Option<string?>("--explain") { Description = "Write each photo with what speaks " +
            "for each class drawn over it, as NAME.CLASS.png, into this folder; the model needs the output features.", HelpName = "folder" };
        var follow = DataArgument.FollowLinks();
        var command = new Command("classify", "Print the most probable classes of images.")
        {
            images, model, top, format, explain, follow,
        };
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            if (parsed.GetValue(top) < 1) throw new ArgumentException($"--top is {parsed.GetValue(top)}; it must be at least 1.");
            var names = parsed.GetValue(images)!;
            var isOne = names is [var name] && name != "-" && !Directory.Exists(name);
            var path = DefaultModel.Of(parsed, model);
            using var classifier = DlaClassifier.Open(path, new DlaClassifierOptions
            {
                ModelPath = path,
                Mode = isOne ? ScoringMode.Latency : ScoringMode.Throughput,
                Preprocessing = preprocessing.ForModel(parsed, path),
            });
            var files = ImageArguments.Expand(names, parsed.GetValue(follow), cancel);
            var pictures = parsed.GetValue(explain) is { } folder ? new ExplanationFolder(folder) : null;
            var writer = PredictionWriter.Create(parsed.GetValue(format)!, Console.Out, isTerminal: !Console.IsOutputRedirected);
            var (bad, count, verbose) = (0, parsed.GetValue(top), DlaCommandLine.IsVerbose(parsed));
            Func<string, ExplainedPrediction> predict = pictures is null
                ? file => new ExplainedPrediction(classifier.Predict(file, count, cancel), [])
                : file => ExplainedPrediction.Of(classifier, file, count, cancel);
            foreach (var (file, prediction, error) in Predictions(files, isOne, predict, cancel))
            {
                if (prediction is not null)
                {
                    writer.Write(file, prediction.Prediction.Top);
                    pictures?.Write(file, prediction);
                }
                else Console.Error.WriteLine(verbose ? $"{error}" : $"dla: {DlaCommandLine.Line(error!)}{(isOne ? DlaCommandLine.VerboseHint : "")}");
                if (error is not null) bad++;
            }
            if (bad > 0 && !verbose && !isOne)
                Console.Error.WriteLine($"dla: {bad} {(bad == 1 ? "image" : "images")} could not be classified.{DlaCommandLine.VerboseHint}");
            return Task.FromResult(bad == 0 ? DlaCommandLine.Done : DlaCommandLine.Failed);
        });
        return command;
    }

    private static IEnumerable<(string File, ExplainedPrediction? Prediction, Exception? Error)> Predictions(IEnumerable<string> files, bool isOne,
        Func<string, ExplainedPrediction> predict, CancellationToken cancel)
    {
        return isOne ? files.Select(Try) : InOrder(files, Try, cancel);

        (string, ExplainedPrediction?, Exception?) Try(string file)
        {
            try
            {
                return (file, predict(file), null);
            }
            catch (Exception e) when (e is ImageDecodeException or NotFiniteNumberException)
            {
                return (file, null, e);
            }
        }
    }

    /// <summary>The results in the files' order, as many at a time as there are processors; the files are named as they are needed.</summary>
    private static ParallelQuery<T> InOrder<T>(IEnumerable<string> files, Func<string, T> run, CancellationToken cancel) =>
        Partitioner.Create(files, EnumerablePartitionerOptions.NoBuffering).AsParallel().AsOrdered().WithCancellation(cancel)
            .WithDegreeOfParallelism(Environment.ProcessorCount).WithMergeOptions(ParallelMergeOptions.NotBuffered).Select(run);
}
