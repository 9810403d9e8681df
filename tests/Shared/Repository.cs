namespace Dla.Tests;

/// <summary>The checkout that the tests and benchmarks were built from.</summary>
internal static class Repository
{
    /// <summary>Its folder: the nearest one above the program that has Dla.sln.</summary>
    public static string Root { get; } = Find() ?? throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' has Dla.sln; " +
        "run this from a checkout.");

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Dla.sln"))) return folder.FullName;
        return null;
    }
}
