using Dla.Tests;

namespace Dla.MLNet.Tests;

public sealed class DlaImageFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-files-").FullName;
    private readonly List<string> _notes = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Place(string name)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private void Write(params string[] names)
    {
        foreach (var name in names) File.WriteAllText(Place(name), name);
    }

    private string[] Found(string folder = "", bool followLinks = false)
    {
        _notes.Clear();
        var root = Path.Combine(_folder, folder);
        return [.. DlaImageFiles.In(root, new DlaFolderOptions { FollowLinks = followLinks, OnNote = _notes.Add }).Select(f => Path.GetRelativePath(root, f))];
    }

    [Fact]
    public void Links_in_circles_are_not_followed_and_a_note_says_so()
    {
        Write("a.png", "sub/b.png", "sub/deep/c.png");
        SpecialFile.Link(Place("self"), ".");
        SpecialFile.Link(Place("sub/up"), "..");
        SpecialFile.Link(Place("sub/deep/side"), "../../sub");
        Assert.Equal(["a.png", "sub/b.png", "sub/deep/c.png"], Found());
        Assert.Contains("3 links to folders were not followed", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Followed_links_lead_into_each_real_folder_once()
    {
        Write("data/a.png", "data/sub/b.png", "elsewhere/c.png", "elsewhere/deep/d.png");
        SpecialFile.Link(Place("data/self"), ".");
        SpecialFile.Link(Place("data/sub/up"), "..");
        SpecialFile.Link(Place("data/to"), "../elsewhere");
        SpecialFile.Link(Place("data/too"), "../elsewhere/deep");
        SpecialFile.Link(Place("elsewhere/back"), "../data");
        Assert.Equal(["a.png", "sub/b.png", "to/c.png", "to/deep/d.png"], Found("data", followLinks: true));
        Assert.Empty(_notes);
        Assert.Equal(["a.png", "sub/b.png"], Found("data"));
    }

    [Fact]
    public void The_folder_that_is_named_may_be_a_link()
    {
        Write("real/a.png");
        SpecialFile.Link(Place("named"), "real");
        Assert.Equal(["a.png"], Found("named"));
    }

    /// <summary>Each name of a mounted volume is a link into ..data, which is a link to the hidden folder of the present version.</summary>
    [Fact]
    public void A_volume_of_Kubernetes_gives_each_file_once()
    {
        Write("..2026_01_02/a.png", "..2026_01_02/cats/b.png");
        SpecialFile.Link(Place("..data"), "..2026_01_02");
        SpecialFile.Link(Place("a.png"), "..data/a.png");
        SpecialFile.Link(Place("cats"), "..data/cats");
        Assert.Equal(["a.png", "cats/b.png"], Found());
        Assert.Empty(_notes);
        Assert.Equal(["a.png", "cats/b.png"], Found(followLinks: true));
    }

    [Fact]
    public void Only_files_and_links_to_files_are_found_and_a_link_to_nothing_is_left_for_the_reader()
    {
        Write("a.png", "..real");
        SpecialFile.Link(Place("linked.png"), "a.png");
        SpecialFile.Link(Place("lost.png"), "nothing");
        SpecialFile.Pipe(Place("pipe.png"));
        SpecialFile.Link(Place("pipe-link.png"), "pipe.png");
        SpecialFile.Link(Place("zero.png"), "/dev/zero");
        using var socket = SpecialFile.Socket(Place("socket.png"));
        Assert.Equal(["a.png", "linked.png", "lost.png"], Found());
        Assert.Contains(OperatingSystem.IsLinux() ? "4 pipes, sockets or devices were left out" : "", _notes.FirstOrDefault() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Endings_of_images_are_found_and_the_others_are_counted_once()
    {
        string[] images = ["a.JPG", "b.jpeg", "c.jfif", "d.jpe", "e.jif", "f.jfi", "g.png", "h.apng", "i.bmp", "j.dib", "k.gif", "l.webp", "m.pjpeg", "n.pjp"];
        Write([.. images, "x.tif", "sub/y.TIF", "z.heic", "labels.csv", "README"]);
        Assert.Equal(images, Found());
        var note = Assert.Single(_notes);
        Assert.Contains("5 files were left out because of the ending: 2 .tif, 1 .csv, 1 .heic, 1 without an ending. ", note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_other_programs_put_beside_photos_is_passed_over()
    {
        Write("a.png", "__MACOSX/._a.png", "__MACOSX/b.png", "@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg", "sub/@eaDir/c.jpg", "._a.png", ".thumbs/d.png",
            "$RECYCLE.BIN/e.png", "System Volume Information/f.png", ".ipynb_checkpoints/g.png", "Thumbs.db", "desktop.ini", ".DS_Store");
        Assert.Equal(["a.png"], Found());
        Assert.Empty(_notes);
    }

    [Fact]
    public void Paths_are_in_ordinal_order_whatever_folders_and_files_are_named()
    {
        Write("a/b.png", "a.png", "a-/b.png", "a-.png", "a/b/c.png", "a0/b.png", "A.png", "a/b-.png", "a!/z.png", "é/a.png");
        var found = DlaImageFiles.In(_folder).ToArray();
        Assert.Equal(10, found.Length);
        Assert.Equal(found.Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public void A_search_is_lazy_and_ends_when_it_is_cancelled()
    {
        Write("a.png", "b.png", "sub/c.png");
        using var stop = new CancellationTokenSource();
        using var files = DlaImageFiles.In(_folder, new DlaFolderOptions { CancellationToken = stop.Token }).GetEnumerator();
        Assert.True(files.MoveNext());
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => files.MoveNext());
        Assert.Throws<DirectoryNotFoundException>(() => DlaImageFiles.In(Place("absent")).Any());
    }
}
