using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Dla.Cli.Output;
using Dla.Finetune;
using Dla.MLNet;
using Microsoft.ML;

namespace Dla.Cli.Commands;

/// <summary><c>dla evaluate</c>: a model's accuracy on labelled images, scored through an ML.NET pipeline.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var data = DataArgument.Create("Labelled images");
        var where = DataArgument.Where();
        var follow = DataArgument.FollowLinks();
        var split = DataArgument.Split(DatasetSplit.Test);
        var model = DefaultModel.Option();
        var weights = new WeightsOptions();
        var preprocessing = new PreprocessingOptions(PreprocessingOptions.Either);
        var outputs = new EvaluationOutputs();
        var device = new Option<string>("--device") { Description = "cpu, or cuda:0 in a build for CUDA.", DefaultValueFactory = _ => "cpu" };
        var command = new Command("evaluate", "Score labelled images through an ML.NET pipeline and print the accuracy.")
        {
            data, where, follow, split, model, device,
        };
        outputs.AddTo(command);
        preprocessing.AddTo(command);
        weights.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var evaluated = await EvaluatedModel.OpenAsync(parsed, model, weights, preprocessing, cancel);
            var ml = new MLContext(seed: 1);
            var options = new DlaClassifierOptions
            {
                ModelPath = evaluated.Path,
                Preprocessing = evaluated.Preprocessing,
                OnBadImage = BadImageHandling.Missing,
                Device = parsed.GetValue(device)!,
                CancellationToken = cancel,
            };
            var dataset = OpenFor(ClassNames(options), names => DataArgument.Open(
                parsed.GetValue(data)!, parsed.GetValue(split),
                new DatasetOptions
                {
                    DataPath = parsed.GetValue(where),
                    ClassNames = names,
                    AllowDownload = !parsed.GetValue(weights.Offline),
                    FollowLinks = parsed.GetValue(follow),
                    AllowEmptyClasses = true,   // nothing is learned
                }, cancel));
            options = options with { InputColumnName = dataset.ImageColumnName, ClassNames = dataset.ClassNames };
            using var classifier = DlaClassifier.Open(options.ModelPath, options);
            var baseline = outputs.Prepare(parsed, dataset.ClassNames, dataset.Count, evaluated.Path, parsed.GetValue(data));
            var images = dataset.ToDataView(ml);
            var labels = ml.Transforms.MapLabels(new DlaLabelOptions { ClassNames = dataset.ClassNames });
            using var pipeline = ml.Transforms.ClassifyImages(options).Append(labels).Fit(images);

            using var progress = new Counter("scoring", dataset.Count);
            var time = Stopwatch.StartNew();
            var evaluation = ml.EvaluateImages(pipeline.Transform(images), new DlaEvaluationOptions { Progress = progress });
            progress.Dispose();
            var report = DlaReport.Of(evaluation, evaluated.Name, dataset.Name, time.Elapsed, classifier.Card, row => dataset.Describe((int)row));
            outputs.Write(parsed, report, new DlaReportOptions { Image = row => dataset.ReadEncoded((int)row), Classifier = classifier, Baseline = baseline });
            if (report.BadImages < report.Images) return DlaCommandLine.Done;
            await Console.Error.WriteLineAsync("dla: no image could be measured.");
            return DlaCommandLine.Failed;
        });
        return command;
    }

    private static IReadOnlyList<string> ClassNames(DlaClassifierOptions options)
    {
        using var classifier = DlaClassifier.Open(options.ModelPath, options);
        return classifier.ClassNames;
    }

    /// <summary>
    /// Opens the data with the model's class names. A model whose classes have none, but numbers, takes the data's, unless those are numbers too.
    /// </summary>
    private static ImageDataset OpenFor(IReadOnlyList<string> classNames, Func<IReadOnlyList<string>?, ImageDataset> open)
    {
        if (classNames.Where((name, i) => name != i.ToString(CultureInfo.InvariantCulture)).Any()) return open(classNames);
        var dataset = open(null);
        if (dataset.ClassNames.All(n => n.All(char.IsAsciiDigit))) return open(classNames);
        if (dataset.ClassNames.Count != classNames.Count)
            throw new ArgumentException($"The model has {classNames.Count} classes without names, " +
                $"and '{dataset.Name}' has {dataset.ClassNames.Count}; nothing says which is which. Use a list file whose labels are class numbers from 0.");
        Terminal.Remark($"The model's classes have no names: class 0 is taken for '{dataset.ClassNames[0]}', " +
            "and so on, in the order of the data's.");
        return dataset;
    }
}
