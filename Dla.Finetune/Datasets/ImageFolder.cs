namespace Dla.Finetune;

/// <summary>A folder with one sub-folder per class; the classes are ordered by name (ordinal), as torchvision's ImageFolder orders them.</summary>
internal sealed class ImageFolder : ImageFiles
{
    private static readonly string[] TestNames = ["test", "val", "validation"];

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
            paths.AddRange(Directory.EnumerateFiles(folderOfClass, "*", SearchOption.AllDirectories).Where(IsImage).Order(StringComparer.Ordinal));
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
        var train = Path.Combine(folder, "train");
        var test = TestNames.Select(n => Path.Combine(folder, n)).FirstOrDefault(Directory.Exists);
        if (!Directory.Exists(train) || test is null || SubFolders(train).Length == 0 || SubFolders(test).Length == 0) return folder;
        return split == DatasetSplit.Train ? train : test;
    }

    private static string[] SubFolders(string folder) =>
        [.. Directory.GetDirectories(folder).Where(d => !Path.GetFileName(d).StartsWith('.')).Order(StringComparer.Ordinal)];

    private static bool IsImage(string path) => IsImageFile(path) && !Path.GetFileName(path).StartsWith('.');
}
