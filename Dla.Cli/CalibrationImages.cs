using Dla.Finetune;

namespace Dla.Cli;

/// <summary>The images of <c>--calibration</c>: those of a data set, whose labels are not used, or of a folder that has no sub-folders.</summary>
/// <param name="Name">The data set or folder.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Read">Reads the image at a place.</param>
/// <param name="Describe">Names the image at a place, for messages.</param>
internal sealed record CalibrationImages(string Name, int Count, Func<int, ReadOnlyMemory<byte>> Read, Func<int, string> Describe)
{
    /// <summary>Finds the images.</summary>
    /// <param name="data">What <c>--calibration</c> names.</param>
    /// <param name="where">Where CIFAR-100 lies.</param>
    /// <param name="followLinks">Whether links to folders inside folders are followed.</param>
    /// <param name="cancel">Stops.</param>
    public static CalibrationImages Open(string data, string? where, bool followLinks, CancellationToken cancel)
    {
        if (Directory.Exists(data) && !ImageDataset.HasClasses(data))
        {
            var files = ImageArguments.Expand([data], followLinks, cancel).ToList();
            return new CalibrationImages(data, files.Count, i => File.ReadAllBytes(files[i]), i => files[i]);
        }
        var options = new DatasetOptions { DataPath = where, FollowLinks = followLinks, AllowEmptyClasses = true };
        var set = DataArgument.Open(data, DatasetSplit.Train, options, cancel);
        return new CalibrationImages(set.Name, set.Count, set.ReadEncoded, set.Describe);
    }
}
