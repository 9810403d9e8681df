using System.Reflection.Metadata;
using System.Text;

namespace Dla.Packages.Tests;

public sealed class ContentTests(PackedFeed feed)
{
    /// <summary>The kind of a SourceLink record in a portable PDB.</summary>
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    public static TheoryData<string> Libraries => ["Dla.MLNet", "Dla.Models", "Dla.Export", "Dla.Finetune"];

    [Fact]
    public void There_is_a_package_for_each_library_and_for_the_tool_and_no_other()
    {
        feed.Require();
        var names = Directory.GetFiles(feed.Folder, "*.nupkg").Select(f => Path.GetFileName(f).Replace($".{feed.Version}.nupkg", "", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        Assert.Equal([.. Libraries.Select(l => l.Data).Append("dla")
            .Append(OperatingSystem.IsLinux() ? "dla.linux-x64" : OperatingSystem.IsWindows() ? "dla.win-x64" : "dla.osx-arm64")
            .Order(StringComparer.Ordinal)], names);
    }

    [Theory, MemberData(nameof(Libraries)), InlineData("dla")]
    public void A_package_tells_what_it_is(string id)
    {
        feed.Require();
        var about = Package.Description(Nupkg(id));
        var files = Package.Files(Nupkg(id));
        foreach (var (element, value) in (ReadOnlySpan<(string, string)>)[("id", id), ("license", "BSD-3-Clause"), ("icon", "icon.png"),
            ("readme", "PACKAGE.md")])
            Assert.Equal(value, about.Element(element)?.Value);
        Assert.Equal(PackedFeed.Repository, about.Element("repository")?.Attribute("url")?.Value);
        Assert.Equal(40, about.Element("repository")?.Attribute("commit")?.Value.Length);
        Assert.NotEmpty(about.Element("description")!.Value);
        foreach (var file in (string[])["icon.png", "PACKAGE.md", "LICENSE"]) Assert.Contains(file, files);
    }

    [Theory, MemberData(nameof(Libraries))]
    public void A_library_brings_documentation_and_symbols_whose_sources_are_found_by_SourceLink_and_name_no_folder_of_this_machine(string id)
    {
        feed.Require();
        Assert.Contains($"lib/net10.0/{id}.xml", Package.Files(Nupkg(id)));
        var symbols = Package.Read(Path.Combine(feed.Folder, $"{id}.{feed.Version}.snupkg"), n => n == $"lib/net10.0/{id}.pdb");
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(symbols));
        var pdb = provider.GetMetadataReader();
        var link = pdb.CustomDebugInformation.Select(pdb.GetCustomDebugInformation).Single(i => pdb.GetGuid(i.Kind) == SourceLink);
        Assert.Contains("https://raw.githubusercontent.com/example/dla/", Encoding.UTF8.GetString(pdb.GetBlobBytes(link.Value)), StringComparison.Ordinal);
        Assert.All(pdb.Documents.Select(d => pdb.GetString(pdb.GetDocument(d).Name)), name => Assert.StartsWith("/_/", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Dla_MLNet_depends_on_no_TorchSharp_and_leaves_the_native_ONNX_Runtime_to_the_application()
    {
        feed.Require();
        var dependencies = Dependencies("Dla.MLNet");
        Assert.DoesNotContain(dependencies.Keys, d => d.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("Microsoft.ML.OnnxRuntime", dependencies.Keys);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Managed", dependencies.Keys);
        Assert.Equal("6.0.0", dependencies["Microsoft.ML"]);
        Assert.Equal("3.119.4", dependencies["SkiaSharp"]);
        Assert.Contains("lib/net10.0/Dla.MLNet.Bridge.dll", Package.Files(Nupkg("Dla.MLNet")));
        Assert.Contains("lib/net10.0/Dla.MLNet.Bridge.pdb", Package.Files(Path.Combine(feed.Folder, $"Dla.MLNet.{feed.Version}.snupkg")));
    }

    [Fact]
    public void The_libraries_that_train_depend_on_TorchSharp_and_bring_its_build_step_but_no_libtorch()
    {
        feed.Require();
        Assert.Contains("buildTransitive/Dla.Models.targets", Package.Files(Nupkg("Dla.Models")));
        foreach (var id in (string[])["Dla.Models", "Dla.Export", "Dla.Finetune"])
        {
            Assert.Contains("TorchSharp", Dependencies(id).Keys);
            Assert.DoesNotContain(Dependencies(id).Keys, d => d.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void The_tool_for_one_system_has_no_native_files_of_others_and_no_debug_symbols_of_native_files()
    {
        feed.Require();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names the files of Linux");
        var files = Package.Files(Directory.GetFiles(feed.Folder, "dla.*-*.nupkg").Single()).Select(Path.GetFileName).ToList();
        Assert.Contains("libonnxruntime.so", files);
        Assert.Contains("libLdaNative.so", files);
        Assert.DoesNotContain("onnxruntime.dll", files);
        Assert.DoesNotContain("onnxruntime_providers_shared.dll", files);
        Assert.DoesNotContain(files, f => Path.GetExtension(f) is ".dbg" or ".dwarf" or ".dylib");
    }

    [Fact]
    public void The_tool_brings_the_licences_of_what_it_contains()
    {
        feed.Require();
        var files = Package.Files(Directory.GetFiles(feed.Folder, "dla.*.nupkg")
            .Single(f => !f.EndsWith($"dla.{feed.Version}.nupkg", StringComparison.Ordinal)));
        foreach (var file in (string[])["THIRD-PARTY-NOTICES.txt", "LICENSE-LIBTORCH.txt", "Microsoft.ML.OnnxRuntime/ThirdPartyNotices.txt",
            "SkiaSharp/LICENSE.txt", "TorchSharp/LICENSE.txt"])
            Assert.Contains(files, f => f.EndsWith(file, StringComparison.OrdinalIgnoreCase));
    }

    private Dictionary<string, string> Dependencies(string id) => Package.Description(Nupkg(id)).Descendants("dependency")
        .ToDictionary(d => d.Attribute("id")!.Value, d => d.Attribute("version")!.Value);

    private string Nupkg(string id) => Path.Combine(feed.Folder, $"{id}.{feed.Version}.nupkg");
}
