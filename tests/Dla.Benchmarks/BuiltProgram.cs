using Dla.Tests;

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
        var path = Path.Combine(Repository.Root, project, "bin", "Release", "net10.0", assembly);
        return File.Exists(path) ? path : throw new InvalidOperationException($"'{path}' is not there. Build it: dotnet build -c Release {project}");
    }
}
