namespace Dla.MLNet;

/// <summary>How the images of a folder are found.</summary>
public sealed record DlaFolderOptions
{
    /// <summary>
    /// Whether links to folders are followed; each real folder is then entered once, so that links in a circle end, and links to folders above the one that
    /// is named are not followed. Default: <see langword="false"/>.
    /// </summary>
    public bool FollowLinks { get; init; }

    /// <summary>
    /// Receives, after the last file, a sentence or two for each kind of what was left out: files because of their endings, links, pipes. Default: none.
    /// </summary>
    public Action<string>? OnNote { get; init; }

    /// <summary>Stops the search. Default: never.</summary>
    public CancellationToken CancellationToken { get; init; }
}
