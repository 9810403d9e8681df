namespace Dla.Finetune;

/// <summary>How a data set is found and labelled.</summary>
public sealed record DatasetOptions
{
    /// <summary>
    /// Where CIFAR-100 lies: a folder with the archive or its files, or the archive. Default: the folder that the environment variable
    /// <c>DLA_DATA</c> names, then the user's cache, and else it is downloaded into the cache.
    /// </summary>
    public string? DataPath { get; init; }

    /// <summary>
    /// The class names that labels are to mean, in the order of their indices, such as those of a model's card. Labels in the data that are not among
    /// them are an error, unless they are all whole numbers: those are indices into this list. Default: the names found in the data.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// Whether links to folders are followed inside the folders of the classes; each real folder is then entered once. The data's folder and those of its
    /// classes may be links in any case. Default: <see langword="false"/>.
    /// </summary>
    public bool FollowLinks { get; init; }

    /// <summary>
    /// Whether a class may be without images. It is then among the class names all the same, and <see cref="ImageDataset.Notes"/> names it. Default:
    /// <see langword="null"/>, only in <see cref="DatasetSplit.Test"/>, because a class cannot be learned from nothing.
    /// </summary>
    public bool? AllowEmptyClasses { get; init; }

    /// <summary>Whether a data set that is not on this machine may be downloaded. Default: <see langword="true"/>.</summary>
    public bool AllowDownload { get; init; } = true;

    /// <summary>Receives the fraction in [0, 1] of a download as it comes in. Default: none.</summary>
    public IProgress<double>? DownloadProgress { get; init; }
}
