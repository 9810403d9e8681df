using Dla.Cli.Output;
using Dla.MLNet;

namespace Dla.Cli;

/// <summary>
/// Turns what a user names into image files: files as they are, folders with all their images, <c>-</c> for one path a line from standard input.
/// </summary>
internal static class ImageArguments
{
    /// <summary>The files in the order in which they are named, those of a folder by name, found while they are asked for.</summary>
    /// <param name="names">What the user names.</param>
    /// <param name="followLinks">Whether links to folders inside folders are followed.</param>
    /// <param name="cancel">Ends the search, and the wait for standard input.</param>
    /// <exception cref="FileNotFoundException">A folder holds no image.</exception>
    public static IEnumerable<string> Expand(IEnumerable<string> names, bool followLinks, CancellationToken cancel) => names.SelectMany(name => name switch
    {
        "-" => InputLines.Read(cancel).SelectMany(line => Expand(line, followLinks, cancel)),
        _ => Expand(name, followLinks, cancel),
    });

    private static IEnumerable<string> Expand(string name, bool followLinks, CancellationToken cancel)
    {
        if (!Directory.Exists(name))
        {
            yield return name;
            yield break;
        }
        var (any, notes) = (false, new List<string>());
        var options = new DlaFolderOptions { FollowLinks = followLinks, OnNote = notes.Add, CancellationToken = cancel };
        foreach (var file in DlaImageFiles.In(name, options))
        {
            any = true;
            yield return file;
        }
        if (!any)
            throw new FileNotFoundException($"'{name}' has no images ({string.Join(", ", DlaImageFiles.Extensions)}). " +
                $"Name image files, or a folder that has some. {string.Join(' ', notes)}".TrimEnd(), name);
        foreach (var note in notes) Notes.Write(note);
    }
}
