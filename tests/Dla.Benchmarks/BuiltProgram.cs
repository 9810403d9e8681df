namespace Dla.Benchmarks;

/// <summary>Programs of this repository that are started as processes of their own.</summary>
internal static class BuiltProgram
{
    /// <summary>The path of a program's assembly, built for Release.</summary>
    /// <param name="project">Its folder, from the repository's root.</param>
    /// <param name="assembly">The assembly's file.</param>
    /// <exception cref="InvalidOperationException">It is not built.</exception>
    public static string Find(string project, string assembly)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Dla.sln"))) continue;
            var path = Path.Combine(folder.FullName, project, "bin", "Release", "net10.0", assembly);
            return File.Exists(path) ? path : throw new InvalidOperationException($"'{path}' is not there. Build it: dotnet build -c Release {project}");
        }
        throw new InvalidOperationException("The benchmark runs outside of the repository.");
    }
}
