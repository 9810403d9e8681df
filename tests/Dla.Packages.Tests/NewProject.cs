using Dla.Tests;
using System.Text.RegularExpressions;

namespace Dla.Packages.Tests;

/// <summary>A console project outside of the repository, with packages from the feed.</summary>
internal sealed class NewProject(PackedFeed feed, string name)
{
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(feed.Root, name)).FullName;

    public string Output => Path.Combine(Folder, "bin", "Release", "net10.0");

    /// <summary>Writes, builds and runs it.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> RunAsync(string program, string[] packages, params string[] arguments)
    {
        var references = string.Concat(packages.Select(p =>
            $"<PackageReference Include=\"{p}\" Version=\"{(p.StartsWith("Dla.", StringComparison.Ordinal) ? feed.Version : feed.VersionOf(p))}\" />"));
        // Linked, not copied: libtorch has 480 MB.
        await File.WriteAllTextAsync(Path.Combine(Folder, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(Folder, "Program.cs"), program);
        await DotNet.DoAsync(Folder, "dotnet", ["build", "--configuration", "Release"], feed.Environment);
        return await DotNet.DoAsync(Folder, "dotnet", [Path.Combine(Output, name + ".dll"), .. arguments], feed.Environment);
    }

    /// <summary>Publishes what was built.</summary>
    /// <returns>The folder.</returns>
    public Task<string> PublishAsync() => PublishAsync("--no-build");

    /// <summary>Publishes for one system.</summary>
    /// <returns>The folder.</returns>
    public Task<string> PublishForAsync(string system) => PublishAsync("--runtime", system, "--no-self-contained", "-p:UseAppHost=false");

    private async Task<string> PublishAsync(params string[] options)
    {
        var published = Path.Combine(Folder, "published");
        await DotNet.DoAsync(Folder, "dotnet", ["publish", "--configuration", "Release", "--output", published, .. options], feed.Environment);
        return published;
    }

    /// <summary>A file of a package, in one of the caches that the project was restored from.</summary>
    public string InPackageCache(string package, string file)
    {
        var properties = File.ReadAllText(Path.Combine(Folder, "obj", name + ".csproj.nuget.g.props"));
        return Regex.Match(properties, "<NuGetPackageFolders[^>]*>([^<]+)</NuGetPackageFolders>").Groups[1].Value.Split(';')
            .Select(root => Path.Combine(root, package.ToLowerInvariant(), feed.VersionOf(package))).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, file, SearchOption.AllDirectories)).First();
    }
}
