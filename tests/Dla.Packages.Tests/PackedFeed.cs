using Dla.Tests;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dla.Packages.Tests;

[assembly: AssemblyFixture(typeof(PackedFeed))]

namespace Dla.Packages.Tests;

/// <summary>
/// A folder with all packages, packed once from a copy of the sources that is a git repository of its own, and what is needed to install from it:
/// no other package source, the machine's package cache for everything that is not ours, and a cache of its own for ours.
/// </summary>
public sealed partial class PackedFeed : IAsyncLifetime
{
    public const string Repository = "https://github.com/example/dla";

    private static readonly string[] Projects = ["Dla.MLNet.Bridge/Core/Microsoft.ML.Core", "Dla.MLNet.Bridge/Dla.MLNet.Bridge", "Dla.MLNet/Dla.MLNet",
        "Dla.Models/Dla.Models", "Dla.Export/Dla.Export", "Dla.Finetune/Dla.Finetune", "Dla.Cli/Dla.Cli"];

    private string? _unavailable;

    public string Root { get; } = Directory.CreateTempSubdirectory("dla-packages-").FullName;

    public string Folder => Path.Combine(Root, "feed");

    public string Version { get; private set; } = "";

    /// <summary>What a user's machine has set: a package cache without this project's packages.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    private string Sources => Path.Combine(Root, "sources");

    /// <summary>Skips the running test where the packages could not be restored.</summary>
    public void Require()
    {
        if (_unavailable is not null) Assert.Skip(_unavailable);
    }

    /// <summary>A central package version, such as that of Microsoft.ML.OnnxRuntime.</summary>
    public string VersionOf(string package)
    {
        var versions = XDocument.Load(Path.Combine(Sources, "Directory.Packages.props"));
        var value = versions.Descendants("PackageVersion").Single(v => v.Attribute("Include")!.Value == package).Attribute("Version")!.Value;
        return value.StartsWith("$(", StringComparison.Ordinal) ? versions.Descendants(value[2..^1]).Single().Value : value;
    }

    /// <summary>A path in the repository's sources.</summary>
    public string Source(string relative) => Path.Combine(Sources, relative);

    public async ValueTask InitializeAsync()
    {
        CopySources();
        await DotNet.DoAsync(Sources, "git", ["init", "--quiet"]);
        await DotNet.DoAsync(Sources, "git", ["remote", "add", "origin", Repository]);
        await DotNet.DoAsync(Sources, "git", ["add", "--all"]);
        await DotNet.DoAsync(Sources, "git", ["-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "copy"]);
        Version = XDocument.Load(Source("Directory.Build.props")).Descendants("Version").Single().Value;
        var (status, output) = await DotNet.RunAsync(Sources, "dotnet", ["pack", "packages.slnx", "--configuration", "Release", "--output", Folder]);
        if (status != 0 && NotRestored().Match(output) is { Success: true } why) _unavailable = $"the packages cannot be restored here: {why.Value}";
        else Assert.True(status == 0, output);
        PrepareInstalling();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void CopySources()
    {
        var root = new DirectoryInfo(Dla.Tests.Repository.Root);   // here Repository alone is the address
        Directory.CreateDirectory(Sources);
        // In a git worktree, .git is a file that points to the repository: with a copy of it, git would commit to the branch that is checked out here.
        foreach (var file in root.GetFiles().Where(f => f.Name != ".git")) file.CopyTo(Path.Combine(Sources, file.Name));
        foreach (var folder in root.GetDirectories().Where(d => d.Name is "assets" or "build" || d.Name.StartsWith("Dla.", StringComparison.Ordinal)))
            Copy(folder, Sources);
        File.WriteAllText(Source("packages.slnx"), $"<Solution>{string.Concat(Projects.Select(p => $"<Project Path=\"{p}.csproj\" />"))}</Solution>");
    }

    private static void Copy(DirectoryInfo folder, string into)
    {
        if (folder.Name is "bin" or "obj") return;
        var copy = Directory.CreateDirectory(Path.Combine(into, folder.Name)).FullName;
        foreach (var file in folder.GetFiles()) file.CopyTo(Path.Combine(copy, file.Name));
        foreach (var inner in folder.GetDirectories()) Copy(inner, copy);
    }

    private void PrepareInstalling()
    {
        var cache = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var others = Directory.CreateDirectory(Path.Combine(Root, "others")).FullName;
        foreach (var package in new DirectoryInfo(cache).GetDirectories().Where(d => d.Name != "dla" && !d.Name.StartsWith("dla.", StringComparison.Ordinal)))
            Directory.CreateSymbolicLink(Path.Combine(others, package.Name), package.FullName);
        File.WriteAllText(Path.Combine(Root, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{Folder}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="others" value="{others}" /></fallbackPackageFolders>
            </configuration>
            """);
        Environment = new Dictionary<string, string> { ["NUGET_PACKAGES"] = Path.Combine(Root, "cache") };
    }

    [GeneratedRegex("error NU(1101|1102|1301|1100)[^\n]*")]
    private static partial Regex NotRestored();
}
