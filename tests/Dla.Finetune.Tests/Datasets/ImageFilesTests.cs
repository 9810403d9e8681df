using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune.Tests;

public sealed class ImageFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ImageDataset Open(string data, IReadOnlyList<string>? names = null, DatasetSplit split = DatasetSplit.Test) =>
        ImageDataset.Open(data, split, new DatasetOptions { ClassNames = names });

    private void Images(params string[] names)
    {
        foreach (var name in names) _folder.Write(name, name);
    }

    private static void Refused(string part, Func<object> open) =>
        Assert.Contains(part, Assert.Throws<InvalidDataException>(open).Message, StringComparison.Ordinal);

    [Fact]
    public void Sub_folders_are_classes_in_the_order_of_their_names()
    {
        Images("dog/2.JPG", "dog/1.png", "cat/deep/x.webp", "cat/notes.txt", ".hidden/y.jpg", "Ant/z.bmp");
        var data = Open(_folder.Path);
        Assert.Equal(["Ant", "cat", "dog"], data.ClassNames);
        Assert.Equal([0, 1, 2, 2], Enumerable.Range(0, data.Count).Select(data.Label));
        Assert.Equal(_folder.File("dog/1.png"), data.Describe(2));
        Assert.Equal("dog/1.png", System.Text.Encoding.UTF8.GetString(data.ReadEncoded(2).Span));
        var view = data.ToDataView(new MLContext(seed: 1));
        Assert.Equal(Enumerable.Range(0, 4).Select(data.Describe), view.GetColumn<string>(data.ImageColumnName));
        Assert.Equal(["Ant", "cat", "dog", "dog"], view.GetColumn<string>("Label"));
    }

    [Fact]
    public void Train_and_val_are_parts_where_both_are_there_and_classes_otherwise()
    {
        Images("train/cat/1.jpg", "train/dog/1.jpg", "val/cat/2.jpg");
        Assert.Equal(_folder.File("val/cat/2.jpg"), Open(_folder.Path).Describe(0));
        Assert.Equal(2, Open(_folder.Path, split: DatasetSplit.Train).Count);
        using var vehicles = new TemporaryFolder();
        vehicles.Write("train/1.jpg", "a");
        vehicles.Write("bus/1.jpg", "b");
        Assert.Equal(["bus", "train"], Open(vehicles.Path, split: DatasetSplit.Train).ClassNames);
        vehicles.Write("train/steam/2.jpg", "c");
        Assert.Equal(["bus", "train"], Open(vehicles.Path, split: DatasetSplit.Train).ClassNames);
    }

    [Fact]
    public void Parts_without_classes_are_passed_over_and_never_taken_for_classes()
    {
        Images("Train/cat/1.jpg", "Train/dog/1.jpg", "test/3.jpg");
        Refused("has a sub-folder for each class, and beside it none of test", () => Open(_folder.Path, split: DatasetSplit.Train));
        Images("valid/cat/2.jpg");
        Assert.Equal(_folder.File("valid/cat/2.jpg"), Open(_folder.Path).Describe(0));
        Assert.Equal(["cat", "dog"], Open(_folder.Path, split: DatasetSplit.Train).ClassNames);
    }

    [Fact]
    public void Hidden_files_and_folders_are_left_out()
    {
        Images("cat/1.jpg", "cat/.1.jpg", "cat/.thumbnails/1.jpg", "cat/more/2.jpg", ".git/3.jpg");
        Assert.Equal([_folder.File("cat/1.jpg"), _folder.File("cat/more/2.jpg")], Enumerable.Range(0, 2).Select(Open(_folder.Path).Describe));
        Assert.Equal(2, Open(_folder.Path).Count);
    }

    [Fact]
    public void Folder_labels_follow_the_names_that_a_model_has()
    {
        Images("cat/1.jpg", "dog/1.jpg");
        var data = Open(_folder.Path, ["dog", "emu", "cat"]);
        Assert.Equal([2, 0], Enumerable.Range(0, 2).Select(data.Label));
        Assert.Equal(3, data.ClassNames.Count);
        Refused("'dog' is not one of the 2 expected classes (cat, emu)", () => Open(_folder.Path, ["cat", "emu"]));
    }

    [Fact]
    public void Folders_named_by_numbers_are_names_unless_a_models_classes_are_indexed()
    {
        Images("7/1.jpg", "42/1.jpg");
        Assert.Equal(["42", "7"], Open(_folder.Path).ClassNames);
        var names = Enumerable.Range(0, 50).Select(i => $"c{i}").ToArray();
        Assert.Equal([42, 7], Enumerable.Range(0, 2).Select(Open(_folder.Path, names).Label));
        Refused("label 42 is out of range; the classes are 0 to 9", () => Open(_folder.Path, names[..10]));
    }

    [Fact]
    public void A_folder_without_classes_or_with_an_empty_one_is_an_error()
    {
        Refused("has no sub-folders", () => Open(_folder.Path));
        Images("cat/1.jpg", "dog/readme.txt");
        Refused("dog' has no images", () => Open(_folder.Path, split: DatasetSplit.Train));
    }

    [Fact]
    public void A_list_gives_paths_relative_to_its_folder_with_spaces_and_tabs()
    {
        Images("sub/a b.jpg", "c.jpg");
        var data = Open(_folder.Write("list.txt", "sub/a b.jpg dog\n\n  c.jpg\tcat \r\n"));
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal([1, 0], Enumerable.Range(0, 2).Select(data.Label));
        Assert.Equal("sub/a b.jpg", System.Text.Encoding.UTF8.GetString(data.ReadEncoded(0).Span));
    }

    [Fact]
    public void Numbers_in_a_list_are_indices()
    {
        var list = _folder.Write("val_list.txt", "a.jpg 3\nb.jpg 0\n");
        Assert.Equal(["0", "1", "2", "3"], Open(list).ClassNames);
        Assert.Equal(3, Open(list, ["w", "x", "y", "z"]).Label(0));
        Refused("line 1: label 3 is out of range; the classes are 0 to 1", () => Open(list, ["w", "x"]));
        Refused("is out of range", () => Open(_folder.Write("huge.txt", "a.jpg 99999999999999999999\n")));
    }

    [Fact]
    public void A_line_without_a_label_and_an_empty_list_are_errors_that_name_the_line()
    {
        Refused("line 2: expected 'relative/path label', found 'b.jpg'", () => Open(_folder.Write("a.txt", "a.jpg 1\nb.jpg\n")));
        Refused("is empty", () => Open(_folder.Write("b.txt", "\n\n")));
        Refused("list file has one image a line", () => Open(_folder.Write("c.bin", [0, 1, 2, 0, 32, 0])));
    }

    [Fact]
    public void A_missing_image_is_an_error_when_it_is_read_and_an_unknown_data_set_at_once()
    {
        var data = Open(_folder.Write("list.txt", "gone.jpg 0\n"));
        Assert.Throws<FileNotFoundException>(() => data.ReadEncoded(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.ReadEncoded(1));
        Assert.Contains("cifar100", Assert.Throws<ArgumentException>(() => Open("imagenet")).Message, StringComparison.Ordinal);
    }
}
