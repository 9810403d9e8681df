namespace Dla.Finetune;

/// <summary>A folder with one sub-folder per class; the classes are ordered by name (ordinal), as torchvision's ImageFolder orders them.</summary>
internal sealed class ImageFolder : ImageFiles
{
    private const string TrainName = "train";

    private static readonly string[] TestNames = ["test", "val", "validation", "valid"];

    private ImageFolder(string name, IReadOnlyList<string> classNames, string[] paths, int[] labels) : base(name, classNames, paths, labels)
    {
    }

    public static ImageFolder Open(string folder, DatasetSplit split, DatasetOptions options)
    {
        var root = Part(folder, split);
        var classes = SubFolders(root);
        if (classes.Length == 0)
            throw new InvalidDataException($"'{root}' has no sub-folders. Put the images of each class into a sub-folder that is named after the class.");
        List<string> paths = [], labels = [];
        foreach (var folderOfClass in classes)
        {
            var before = paths.Count;
            paths.AddRange(FilesIn(folderOfClass));
            if (paths.Count == before)
                throw new InvalidDataException($"'{folderOfClass}' has no images ({string.Join(", ", FileExtensions)}), " +
                    "so that its class would be empty. Add images, or remove the folder.");
            labels.AddRange(Enumerable.Repeat(Path.GetFileName(folderOfClass), paths.Count - before));
        }
        // Folders named by numbers are names all the same: '7' and '42' are two classes, not forty-three, unless a model's names are to be indexed.
        var names = options.ClassNames ?? [.. labels.Distinct()];
        var (classNames, indices) = LabelMap.Build(labels, names, i => paths[i]);
        return new ImageFolder(root, classNames, [.. paths], indices);
    }

    /// <summary>The folder itself, or its <c>train</c> or <c>test</c> part where it has both.</summary>
    private static string Part(string folder, DatasetSplit split)
    {
        var parts = SubFolders(folder);
        string? Find(string name) => Array.Find(parts, p => name.Equals(Path.GetFileName(p), StringComparison.OrdinalIgnoreCase) && SubFolders(p).Length > 0);
        if (Find(TrainName) is not { } train) return folder;
        if (TestNames.Select(Find).FirstOrDefault(t => t is not null) is { } test) return split == DatasetSplit.Train ? train : test;
        // Else 'train' is a class that has sub-folders, unless there is nothing but parts.
        return parts.Any(p => !TestNames.Append(TrainName).Contains(Path.GetFileName(p), StringComparer.OrdinalIgnoreCase)) ? folder
            : throw new InvalidDataException($"'{train}' has a sub-folder for each class, and beside it none of {string.Join(", ", TestNames)} has. " +
                $"Name '{train}' to use it alone, or put sub-folders with images into '{Path.Combine(folder, TestNames[0])}'.");
    }

    private static string[] SubFolders(string folder) =>
        [.. Directory.GetDirectories(folder).Where(d => !Path.GetFileName(d).StartsWith('.')).Order(StringComparer.Ordinal)];
}
