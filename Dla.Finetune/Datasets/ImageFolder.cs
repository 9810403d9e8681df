using System.Globalization;
using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>A folder with one sub-folder per class; the classes are ordered by name (ordinal), as torchvision's ImageFolder orders them.</summary>
internal sealed class ImageFolder : ImageFiles
{
    private const string TrainName = "train";

    /// <summary>Classes that a sentence names.</summary>
    private const int NamedClasses = 5;

    private static readonly string[] TestNames = ["test", "val", "validation", "valid"];

    private ImageFolder(string name, IReadOnlyList<string> classNames, string[] paths, int[] labels, IReadOnlyList<string> notes)
        : base(name, classNames, paths, labels, notes)
    {
    }

    public static ImageFolder Read(string folder, DatasetSplit split, DatasetOptions options, CancellationToken cancel)
    {
        var root = Part(folder, split);
        var leftOut = new LeftOutFiles();
        var classes = SubFolders(root, leftOut);
        if (classes.Length == 0)
            throw new InvalidDataException($"'{root}' has no sub-folders. Put the images of each class into a sub-folder that is named after the class.");
        var mayBeEmpty = options.AllowEmptyClasses ?? split == DatasetSplit.Test;
        List<string> paths = [], labels = [], empty = [];
        foreach (var folderOfClass in classes)
        {
            var before = paths.Count;
            paths.AddRange(new FolderWalk(folderOfClass.Path, options.FollowLinks, leftOut, cancel).Images());
            labels.AddRange(Enumerable.Repeat(folderOfClass.Name, paths.Count - before));
            if (paths.Count > before) continue;
            if (!mayBeEmpty)
                throw new InvalidDataException($"'{folderOfClass.Path}' has no images ({string.Join(", ", FileExtensions)}), " +
                    $"so that its class would be empty. Add images, or remove the folder. {string.Join(' ', leftOut.Describe(root))}".TrimEnd());
            empty.Add(folderOfClass.Name);
        }
        if (paths.Count == 0)
            throw new InvalidDataException($"None of the {classes.Length} sub-folders of '{root}' has images ({string.Join(", ", FileExtensions)}). " +
                string.Join(' ', leftOut.Describe(root)).TrimEnd());
        // Folders named by numbers are names all the same: '7' and '42' are two classes, not forty-three, unless a model's names are to be indexed.
        var names = options.ClassNames ?? [.. classes.Select(c => c.Name)];
        var (classNames, indices) = LabelMap.Build(labels, names, i => paths[i]);
        return new ImageFolder(root, classNames, [.. paths], indices, [.. leftOut.Describe(root), .. Doubts(root, classes, empty)]);
    }

    /// <summary>What is not an error, but may not be meant.</summary>
    private static IEnumerable<string> Doubts(string root, FolderEntry[] classes, List<string> empty)
    {
        if (empty.Count > 0) yield return $"'{root}': {Counted(empty.Count, "class has", "classes have")} no images: {Some(empty)}.";
        if (LabelMap.DifferByCase(classes.Select(c => c.Name)) is var (one, other))
            yield return $"'{root}': '{one}' and '{other}' differ by case only and are two classes. Join their folders if they are one.";
        var strays = FolderEntry.In(root).Count(e => !e.IsFolder && IsImageFile(e.Name));
        if (strays > 0)
            yield return $"'{root}': {Counted(strays, "image lies", "images lie")} beside the classes' folders and belong to no class. Move them into a sub-folder.";
    }

    /// <summary>The folder itself, or its <c>train</c> or <c>test</c> part where it has both.</summary>
    private static string Part(string folder, DatasetSplit split)
    {
        var parts = SubFolders(folder);
        string? Find(string name) => Array.Find(parts, p => name.Equals(p.Name, StringComparison.OrdinalIgnoreCase) && SubFolders(p.Path).Length > 0).Path;
        if (Find(TrainName) is not { } train) return folder;
        if (TestNames.Select(Find).FirstOrDefault(t => t is not null) is { } test) return split == DatasetSplit.Train ? train : test;
        // Else 'train' is a class that has sub-folders, unless there is nothing but parts.
        return parts.Any(p => !TestNames.Append(TrainName).Contains(p.Name, StringComparer.OrdinalIgnoreCase)) ? folder
            : throw new InvalidDataException($"'{train}' has a sub-folder for each class, and beside it none of {string.Join(", ", TestNames)} has. " +
                $"Name '{train}' to use it alone, or put sub-folders with images into '{Path.Combine(folder, TestNames[0])}'.");
    }

    /// <summary>The folders in a folder, and links to folders, but for links to the folder itself or one above it, which would hold all classes.</summary>
    public static FolderEntry[] SubFolders(string folder, LeftOutFiles? leftOut = null)
    {
        List<FolderEntry> found = [];
        foreach (var entry in FolderEntry.In(folder).Where(e => e.IsFolder))
        {
            if (!entry.IsLink || !FileStatus.Contains(entry.Path, folder)) found.Add(entry);
            else leftOut?.AddLink(entry.Path);
        }
        return [.. found.OrderBy(e => e.Name, StringComparer.Ordinal)];
    }

    private static string Some(List<string> names) => string.Join(", ", names.Take(NamedClasses)) + (names.Count > NamedClasses ? ", …" : "");

    private static string Counted(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");
}
