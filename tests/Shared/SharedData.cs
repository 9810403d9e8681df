namespace Dla.Tests;

/// <summary>The folder of reference numbers, checkpoints, photos and data sets that lies beside the repository, not in it.</summary>
/// <remarks>
/// Set <c>DLA_SHARED</c> to its path, or put it next to the clone as <c>shared</c>. Its part <c>data</c>, with CIFAR-100, may lie in the folder that
/// <c>DLA_DATA</c> names instead. Tests that need it are skipped without it.
/// </remarks>
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
    public static string? Find(string relative) => Places(relative).FirstOrDefault(System.IO.Path.Exists);

    private static IEnumerable<string> Places(string relative)
    {
        if (Root is not null) yield return System.IO.Path.Combine(Root, relative);
        const string Data = "data";
        if (Environment.GetEnvironmentVariable("DLA_DATA") is { Length: > 0 } data
            && (relative == Data || relative.StartsWith(Data + "/", StringComparison.Ordinal)))
            yield return System.IO.Path.Combine(data, relative[Data.Length..].TrimStart('/'));
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DLA_SHARED") is { Length: > 0 } named) return named;
        var beside = System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, "..", "shared"));
        return Directory.Exists(beside) ? beside : null;
    }
}
