using System.CommandLine;
using Dla.Cli.Output;
using Dla.Export;

namespace Dla.Cli.Commands;

/// <summary><c>dla quantize</c>: a float ONNX file as an int8 one, calibrated on images.</summary>
internal static class QuantizeCommand
{
    private static readonly Dictionary<string, DlaCalibrationMethod> Methods = new()
    {
        ["best"] = DlaCalibrationMethod.Best,
        ["minmax"] = DlaCalibrationMethod.MinMax,
        ["percentile"] = DlaCalibrationMethod.Percentile,
        ["mse"] = DlaCalibrationMethod.MeanSquaredError,
    };

    private static readonly Dictionary<string, DlaWeightRange> WeightRanges = new() { ["auto"] = DlaWeightRange.Auto, ["on"] = DlaWeightRange.Reduced,
        ["off"] = DlaWeightRange.Full };

    public static Command Create()
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "A float32 ONNX file, such as 'dla export' writes." };
        var calibration = new Option<string>("--calibration") { Description = "Images like those to be scored: " +
            "cifar100 (its training images), a folder, or a list file.", Required = true };
        var samples = new Option<int>("--samples") { Description = "Images taken from it at random.", DefaultValueFactory = _ => 512 };
        var seed = new Option<int>("--seed") { Description = "Seed of the choice of images. Default: 0." };
        var data = DataArgument.Where();
        var follow = DataArgument.FollowLinks();
        var method = new Option<string>("--method") { Description = "How activation ranges are chosen: " +
            "best, minmax, percentile, mse.", DefaultValueFactory = _ => "best" };
        method.AcceptOnlyFromAmong([.. Methods.Keys]);
        var percentile = new Option<double>("--percentile") { Description = "Percent of the values " +
            "inside the range, for the method percentile.", DefaultValueFactory = _ => 99.99 };
        var reduce = new Option<string>("--reduce-range") { Description = "auto: 8-bit weights that no processor saturates on; " +
            "on: 7 bits; off: all 8 bits, for processors with VNNI or ARM's dot products.", DefaultValueFactory = _ => "auto" };
        reduce.AcceptOnlyFromAmong([.. WeightRanges.Keys]);
        var keep = new Option<string[]>("--keep-float") { Description = "Nodes that stay float: first, last, names, " +
            "or beginnings of names such as /level2, separated by commas.", AllowMultipleArgumentsPerToken = true };
        var target = new Option<double?>("--target-agreement") { Description = "Fraction of images, such as 0.99, " +
            "whose best class must stay the float model's; noisy layers stay float until it is met." };
        var plain = new Option<bool>("--no-bias-correction") { Description = "Leave the biases as they are." };
        var share = new Option<bool>("--share-concat-scales") { Description = "One scale for all inputs of a concatenation: " +
            "a little faster, a little coarser." };
        var preprocessing = new PreprocessingOptions(PreprocessingOptions.Model);
        var report = new Option<FileInfo?>("--report") { Description = "Write the noise of every layer, and how ranges were chosen, as JSON." };
        var output = new Option<FileInfo>("--output", "-o") { Description = "The ONNX file to write.", Required = true };
        var command = new Command("quantize", "Write a float ONNX file as int8: smaller, faster, and its loss of accuracy measured.")
        {
            model, calibration, samples, seed, data, follow, method, percentile, reduce, keep, target, plain, share, report, output,
        };
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            if (parsed.GetValue(samples) < 1) throw new ArgumentException($"--samples is {parsed.GetValue(samples)}; it must be at least 1.");
            EarlyChecks.RequireModel(parsed.GetValue(model)!.FullName);
            string?[] inputs = [parsed.GetValue(model)!.FullName, parsed.GetValue(calibration)];
            EarlyChecks.RequireOther(output.Name, parsed.GetValue(output)!.FullName, inputs);
            EarlyChecks.RequireOther(report.Name, parsed.GetValue(report)?.FullName, inputs);
            EarlyChecks.RequireWritable(report.Name, parsed.GetValue(report)?.FullName);
            Directory.CreateDirectory(parsed.GetValue(output)!.DirectoryName!);
            EarlyChecks.RequireWritable(output.Name, parsed.GetValue(output)!.FullName);
            var images = CalibrationImages.Open(parsed.GetValue(calibration)!, parsed.GetValue(data), parsed.GetValue(follow), cancel);
            var chosen = Choose(images.Count, parsed.GetValue(samples), parsed.GetValue(seed));
            var options = new DlaQuantizationOptions
            {
                Method = Methods[parsed.GetValue(method)!],
                Percentile = parsed.GetValue(percentile),
                WeightRange = WeightRanges[parsed.GetValue(reduce)!],
                Preprocessing = preprocessing.ForModel(parsed, parsed.GetValue(model)!.FullName),
                KeepFloat = [.. (parsed.GetValue(keep) ?? [])
                    .SelectMany(k => k.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
                TargetAgreement = parsed.GetValue(target),
                CorrectBias = !parsed.GetValue(plain),
                ShareConcatScales = parsed.GetValue(share),
                ImageName = n => images.Describe(chosen[n]),
            };
            DlaQuantizationReport result;
            using (var progress = new Counter("calibrating", chosen.Length))
                result = DlaQuantizer.Quantize(parsed.GetValue(model)!.FullName, parsed.GetValue(output)!.FullName, chosen.Select(images.Read), options,
                    progress, cancel);
            QuantizationTable.Write(result, images.Name);
            if (parsed.GetValue(report) is { } file) result.WriteJson(file.FullName);
            return Task.FromResult(DlaCommandLine.Done);
        });
        return command;
    }

    /// <summary>Places of images, in random order: data sets are sorted by class.</summary>
    internal static int[] Choose(int count, int samples, int seed)
    {
        var order = Enumerable.Range(0, count).ToArray();
        new Random(seed).Shuffle(order);
        return order[..Math.Min(samples, count)];
    }
}
