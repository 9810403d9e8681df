using Dla.MLNet;
using Dla.Tests;
using Microsoft.ML;

namespace Dla.Finetune.Tests;

public sealed class StrangeFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ImageDataset Open(DatasetSplit split = DatasetSplit.Test, DatasetOptions? options = null, string? data = null) =>
        ImageDataset.Open(data ?? _folder.Path, split, options);

    private void Images(params string[] names)
    {
        foreach (var name in names) _folder.Write(name, name);
    }

    private static void Refused(string part, Func<object> open) =>
        Assert.Contains(part, Assert.Throws<InvalidDataException>(open).Message, StringComparison.Ordinal);

    [Fact]
    public void A_link_to_a_folder_above_is_no_class_and_no_image_counts_twice()
    {
        Images("cat/1.png", "dog/2.png");
        SpecialFile.Link(_folder.File("self"), ".");
        SpecialFile.Link(_folder.File("above"), "/");
        SpecialFile.Link(_folder.File("cat/up"), "..");
        var data = Open();
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal(2, data.Count);
        Assert.Contains("3 links to folders were not followed", Assert.Single(data.Notes), StringComparison.Ordinal);
        var followed = Open(options: new DatasetOptions { FollowLinks = true });
        Assert.Equal([_folder.File("cat/1.png"), _folder.File("dog/2.png")], Enumerable.Range(0, 2).Select(followed.Describe));
    }

    /// <summary>Subsets of large data are often made of links, and an image may be of several classes.</summary>
    [Fact]
    public void The_folder_its_parts_and_its_classes_may_be_links()
    {
        using var store = new TemporaryFolder();
        store.Write("all/cat/1.png", "a");
        store.Write("all/dog/2.png", "b");
        SpecialFile.Link(_folder.File("cat"), store.File("all/cat"));
        SpecialFile.Link(_folder.File("dog"), store.File("all/dog"));
        SpecialFile.Link(_folder.File("pet"), store.File("all/cat"));
        var data = Open();
        Assert.Equal(["cat", "dog", "pet"], data.ClassNames);
        Assert.Equal(3, data.Count);
        using var parts = new TemporaryFolder();
        SpecialFile.Link(parts.File("train"), store.File("all"));
        SpecialFile.Link(parts.File("val"), _folder.Path);
        Assert.Equal(2, Open(DatasetSplit.Train, data: parts.Path).Count);
        Assert.Equal(3, Open(data: parts.Path).Count);
    }

    [Fact]
    public void A_class_may_be_empty_where_nothing_is_learned_and_keeps_its_place()
    {
        Images("ant/1.png", "bee/readme.txt", "cat/2.png");
        var data = Open();
        Assert.Equal(["ant", "bee", "cat"], data.ClassNames);
        Assert.Equal([0, 2], Enumerable.Range(0, 2).Select(data.Label));
        Assert.Contains(data.Notes, n => n.Contains("1 class has no images: bee", StringComparison.Ordinal));
        Refused("bee' has no images", () => Open(DatasetSplit.Train));
        Assert.Equal(3, Open(DatasetSplit.Train, new DatasetOptions { AllowEmptyClasses = true }).ClassNames.Count);
        Refused("bee' has no images", () => Open(options: new DatasetOptions { AllowEmptyClasses = false }));
        File.Delete(_folder.File("ant/1.png"));
        File.Delete(_folder.File("cat/2.png"));
        Refused("None of the 3 sub-folders", () => Open());
    }

    [Fact]
    public void Folders_of_other_programs_are_no_classes()
    {
        Images("cat/1.png", "cat/@eaDir/1.png", "dog/2.jfif", "__MACOSX/cat/._1.png", "@eaDir/x.png", "lost+found/y.png");
        var data = Open(DatasetSplit.Train);
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal(2, data.Count);
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void Notes_name_files_that_are_left_out_strays_and_classes_that_differ_by_case()
    {
        Images("cat/1.png", "cat/2.tif", "dog/3.heic", "dog/4.png", "stray.png");
        var notes = Open(DatasetSplit.Train).Notes;
        Assert.Equal(2, notes.Count);
        Assert.Contains("2 files were left out because of the ending: 1 .heic, 1 .tif.", notes[0], StringComparison.Ordinal);
        Assert.Contains("1 image lies beside the classes' folders", notes[1], StringComparison.Ordinal);
        Assert.Equal(notes, Open(DatasetSplit.Train).Sample(1).Notes);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names that differ by case only are one name here");
        Images("Cat/5.png");
        Assert.Contains(Open().Notes, n => n.Contains("'Cat' and 'cat' differ by case only", StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_that_almost_fit_get_a_hint()
    {
        Images("cat/1.png", "dog/2.png");
        Refused("The class 'Cat' differs by case only", () => Open(options: new DatasetOptions { ClassNames = ["Cat", "dog"] }));
        var list = _folder.Write("list.txt", "cat/1.png 1\ndog/2.png 2\n");
        Refused("The labels seem to begin at 1", () => Open(data: list, options: new DatasetOptions { ClassNames = ["a", "b"] }));
        Assert.Contains("no image has label 0", Assert.Single(Open(data: list).Notes), StringComparison.Ordinal);
        Assert.Empty(Open(data: _folder.Write("zero.txt", "cat/1.png 0\ndog/2.png 1\n")).Notes);
    }

    [Fact]
    public void Backslashes_in_a_list_are_an_error_where_they_separate_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "backslashes separate folders on Windows");
        Images("cat/1.png");
        var list = _folder.Write("list.txt", "cat/1.png 0\ncat\\1.png 0\n");
        Refused("line 2: there is no '", () => Open(data: list));
        Refused("This system separates folders by '/'", () => Open(data: list));
        _folder.Write("odd\\name.png", "a");
        Assert.Equal(1, Open(data: _folder.Write("odd.txt", "odd\\name.png 0\n")).Count);
    }

    [Fact]
    public void Pipes_are_left_out_of_folders_refused_in_lists_and_never_waited_for()
    {
        Images("cat/1.png");
        SpecialFile.Pipe(_folder.File("cat/2.png"));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells pipes from files");
        var data = Open();
        Assert.Equal(1, data.Count);
        Assert.Contains("1 pipe, socket or device was left out", Assert.Single(data.Notes), StringComparison.Ordinal);
        var listed = Open(data: _folder.Write("list.txt", "cat/2.png 0\n"));
        Assert.Contains("it is a pipe", Assert.Throws<ImageDecodeException>(() => listed.ReadEncoded(0)).Message, StringComparison.Ordinal);
        Assert.Contains("is a pipe", Assert.Throws<ArgumentException>(() => Open(data: _folder.File("cat/2.png"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_whose_file_is_missing_or_a_folder_are_bad_images()
    {
        var ml = new MLContext(seed: 1);
        var view = ml.Data.LoadFromEnumerable([new { ImagePath = _folder.File("gone.png"), Label = "a" }, new { ImagePath = _folder.Path, Label = "b" }]);
        var rows = RowImages.Read(view, "ImagePath", "Label", classNames: null);
        Assert.Contains("There is no such file", Assert.Throws<ImageDecodeException>(() => rows.ReadEncoded(0)).Message, StringComparison.Ordinal);
        Assert.Contains("it is a folder", Assert.Throws<ImageDecodeException>(() => rows.ReadEncoded(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_through_a_folder_of_classes_ends_when_it_is_cancelled()
    {
        Images("cat/1.png");
        Assert.Throws<OperationCanceledException>(() => ImageDataset.Open(_folder.Path, DatasetSplit.Test, cancel: new CancellationToken(canceled: true)));
    }
}
