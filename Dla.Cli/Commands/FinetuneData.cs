using System.CommandLine;
using System.Globalization;
using Dla.Finetune;

namespace Dla.Cli.Commands;

/// <summary>The images of <c>dla finetune</c>: those to learn from, those to measure on after each epoch, and those to measure on at the end.</summary>
/// <param name="Train">What is learned.</param>
/// <param name="Validation">A part set apart, or a data set of its own; <see langword="null"/> for none.</param>
/// <param name="Test">The data set's test part, where it has one.</param>
internal sealed record FinetuneData(ImageDataset Train, ImageDataset? Validation, ImageDataset? Test)
{
    public static FinetuneData Open(string data, ParseResult parsed, FinetuneOptions options, ulong seed, CancellationToken cancel)
    {
        var (file, fraction) = (parsed.GetValue(options.Validation), parsed.GetValue(options.ValidationFraction));
        if (file is not null && fraction is not null) throw new ArgumentException("Both --validation and --validation-fraction are given; give one of them.");
        var where = new DatasetOptions
        {
            DataPath = parsed.GetValue(options.DataPath),
            AllowDownload = !parsed.GetValue(options.Weights.Offline),
            FollowLinks = parsed.GetValue(options.FollowLinks),
        };
        var whole = DataArgument.Open(data, DatasetSplit.Train, where, cancel);
        var named = where with { ClassNames = whole.ClassNames };
        var test = DataArgument.Open(data, DatasetSplit.Test, named, cancel);
        var other = test.Name == whole.Name ? null : test;
        var validation = file is null ? null : DataArgument.Open(file, DatasetSplit.Test, named, cancel);
        var train = whole;
        if (parsed.GetValue(options.Classes) is { } chosen)
        {
            var names = Classes(chosen, whole);
            (train, other, validation) = (whole.OfClasses(names), other?.OfClasses(names), validation?.OfClasses(names));
            if (other is { Count: 0 }) other = null;   // none of these classes is tested
        }
        if (parsed.GetValue(options.ImagesPerClass) is { } number) train = train.Sample(number, seed);
        if (fraction is not null) (train, validation) = train.Split(fraction.Value, seed);
        return new FinetuneData(train, validation, other);
    }

    /// <summary>Class names of a list such as <c>apple,bear</c>, or of ranges of their numbers such as <c>0-79</c>.</summary>
    internal static List<string> Classes(string chosen, ImageDataset data)
    {
        List<string> names = [];
        foreach (var part in chosen.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (data.ClassNames.Contains(part)) names.Add(part);
            else if (ends.Length <= 2 && Number(ends[0]) is { } first && Number(ends[^1]) is { } last && first <= last && last < data.ClassNames.Count)
                names.AddRange(data.ClassNames.Skip(first).Take(last - first + 1));
            else throw new ArgumentException($"'{part}' of --classes is neither a class of '{data.Name}' nor numbers such as 0-79; " +
                $"the classes are numbered 0 to {data.ClassNames.Count - 1}.");
        }
        return names;
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
