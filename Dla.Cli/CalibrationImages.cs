using Dla.Finetune;

namespace Dla.Cli;

/// <summary>The images of <c>--calibration</c>: those of a data set, whose labels are not used, or of a folder that has no sub-folders.</summary>
/// <param name="Name">The data set or folder.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Read">Reads the image at a place.</param>
/// <param name="Describe">Names the image at a place, for messages.</param>
internal sealed record CalibrationImages(string Name, int Count, Func<int, ReadOnlyMemory<byte>> Read, Func<int, string> Describe)
{
    public static CalibrationImages Open(string data, string? where, CancellationToken cancel)
    {
        if (Directory.Exists(data) && Directory.EnumerateDirectories(data).All(d => Path.GetFileName(d).StartsWith('.')))
        {
            var files = ImageArguments.Expand([data]).ToList();
            return new CalibrationImages(data, files.Count, i => File.ReadAllBytes(files[i]), i => files[i]);
        }
        var set = DataArgument.Open(data, DatasetSplit.Train, new DatasetOptions { DataPath = where }, cancel);
        return new CalibrationImages(set.Name, set.Count, set.ReadEncoded, set.Describe);
    }
}
