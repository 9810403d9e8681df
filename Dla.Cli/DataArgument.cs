using System.CommandLine;
using Dla.Cli.Output;
using Dla.Finetune;

namespace Dla.Cli;

/// <summary>The <c>DATA</c> of the verbs that read labelled images, and the options that say where it lies.</summary>
internal static class DataArgument
{
    /// <summary>What data sets there are, for descriptions.</summary>
    public const string Kinds = "cifar100, a folder with one sub-folder per class, or a list file with lines 'relative/path label'";

    public static Argument<string> Create(string what) => new("DATA") { Description = $"{what}: {Kinds}." };

    public static Option<string?> Where() => new("--data")
    {
        Description = "Where CIFAR-100 lies: a folder with the archive or its files. Default: DLA_DATA, then the user's cache, and else it is downloaded.",
        HelpName = "folder",
    };

    public static Option<DatasetSplit> Split(DatasetSplit split) => new("--split")
    {
        Description = "The part of a data set that has two: train or test.",
        DefaultValueFactory = _ => split,
    };

    public static Option<bool> FollowLinks() => new("--follow-links")
    {
        Description = "Follow links to folders inside folders of images; each real folder is read once.",
    };

    /// <summary>Opens the data, telling of a download and of what the data leaves out.</summary>
    public static ImageDataset Open(string data, DatasetSplit split, DatasetOptions options, CancellationToken cancel)
    {
        var opened = ImageDataset.Open(data, split, options with { DownloadProgress = new DataDownload("downloading CIFAR-100") }, cancel);
        foreach (var note in opened.Notes) Notes.Write(note);
        return opened;
    }
}
