namespace Dla.Tests;

/// <summary>The folder of reference numbers, checkpoints, photos and data sets that lies beside the repository, not in it.</summary>
/// <remarks>Set <c>DLA_SHARED</c> to its path, or put it next to the clone as <c>shared</c>. Tests that need it are skipped without it.</remarks>
internal static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>The full path of a file or folder in it; skips the running test where it is absent.</summary>
    public static string Path(string relative)
    {
        var path = Find(relative);
        if (path is null) Assert.Skip($"needs shared/{relative} beside the repository (or DLA_SHARED), which is not there");
        return path;
    }

    /// <summary>The full path of a file or folder in it; <see langword="null"/> where it is absent.</summary>
    public static string? Find(string relative) =>
        Root is not null && System.IO.Path.Combine(Root, relative) is var path && (File.Exists(path) || Directory.Exists(path)) ? path : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DLA_SHARED") is { Length: > 0 } named) return named;
        var beside = System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, "..", "shared"));
        return Directory.Exists(beside) ? beside : null;
    }
}
