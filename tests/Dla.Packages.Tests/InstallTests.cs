using System.Reflection.PortableExecutable;
using System.Text.Json;
using Dla.Tests;

namespace Dla.Packages.Tests;

public sealed class InstallTests(PackedFeed feed)
{
    [Fact]
    public async Task A_new_project_with_Dla_MLNet_and_an_ONNX_Runtime_classifies_a_photo_and_gets_no_TorchSharp()
    {
        feed.Require();
        var project = new NewProject(feed, "Scoring");
        var output = await project.RunAsync("""
            using Dla.MLNet;
            using Microsoft.ML;

            using var classifier = DlaClassifier.Open(args[0]);
            var prediction = classifier.Predict(args[1]);
            Console.WriteLine(prediction.Label);

            var ml = new MLContext(seed: 1);
            var rows = ml.Data.LoadFromEnumerable(new[] { new Row { ImagePath = args[1] } });
            var model = ml.Transforms.ClassifyImages(args[0]).Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(rows);
            using (var file = File.Create("model.zip")) ml.Model.Save(model, rows.Schema, file);
            var loaded = ml.Model.Load("model.zip", out _);
            Console.WriteLine(ml.Data.CreateEnumerable<Scored>(loaded.Transform(rows), false).Single().PredictedLabel);

            class Row { public string ImagePath { get; set; } = ""; }
            class Scored { public string PredictedLabel { get; set; } = ""; }
            """, ["Dla.MLNet", "Microsoft.ML.OnnxRuntime"], Model, Photo);
        var labels = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(2, labels.Length);
        Assert.Equal(labels[0], labels[1]);
        Assert.Empty(Directory.GetFiles(project.Output, "*orch*", SearchOption.AllDirectories));
        Assert.True(File.Exists(Path.Combine(project.Output, "Dla.MLNet.Bridge.dll")));

        var published = Directory.GetFiles(await project.PublishForAsync("linux-x64"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        Assert.Contains("libonnxruntime.so", published);
        Assert.Contains("libLdaNative.so", published);
        Assert.DoesNotContain("onnxruntime.dll", published);
        Assert.DoesNotContain(published, f => Path.GetExtension(f) is ".dbg" or ".dwarf" or ".dylib");
        Assert.Equal(output, await DotNet.DoAsync(project.Folder, "dotnet", [Path.Combine(project.Folder, "published", "Scoring.dll"), Model, Photo]));
    }

    [Fact]
    public async Task A_new_project_with_Dla_Finetune_loads_libtorch_and_exports_a_network_that_it_scores()
    {
        feed.Require();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names the Linux package of libtorch");
        var project = new NewProject(feed, "Exporting");
        var output = await project.RunAsync("""
            using Dla.Export;
            using Dla.Finetune;
            using Dla.MLNet;
            using Dla.Models;

            var card = new DlaModelCard { ClassNames = ["left", "right"], Preprocessing = new ImagePreprocessing { ResizeShortSide = 32, CropSize = 32 } };
            var variant = new DlaVariant("narrow", DlaBlock.Basic, [1, 1, 1, 1, 1, 1], [8, 8, 8, 16, 16, 32]);
            using (var network = new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = 2, Seed = 1 })) DlaExporter.Export(network, card, "narrow.onnx");
            using var classifier = DlaClassifier.Open("narrow.onnx");
            Console.WriteLine($"{classifier.Predict(args[0]).Label} {typeof(DlaImageClassificationOptions).Name}");
            """, ["Dla.Finetune", "Microsoft.ML.OnnxRuntime", "libtorch-cpu-linux-x64"], Photo);
        Assert.Matches("^(left|right) DlaImageClassificationOptions\\s*$", output);

        // What is published may go to a system with an older libstdc++: the library there is changed, and not the package cache, into which it was linked.
        const string Library = "libLibTorchSharp.so";
        var publishedPath = Directory.EnumerateFiles(await project.PublishAsync(), Library, SearchOption.AllDirectories).Single();
        var published = await File.ReadAllBytesAsync(publishedPath, TestContext.Current.CancellationToken);
        var cached = await File.ReadAllBytesAsync(project.InPackageCache("TorchSharp", Library), TestContext.Current.CancellationToken);
        Assert.Equal(cached.Length, published.Length);
        Assert.InRange(cached.Where((b, i) => b != published[i]).Count(), 1, 8);
    }

    [Fact]
    public async Task The_tool_is_installed_and_classifies_a_photo_with_the_model_that_comes_with_it()
    {
        feed.Require();
        var tools = Path.Combine(feed.Root, "tools");
        await DotNet.DoAsync(feed.Root, "dotnet", ["tool", "install", "dla", "--version", feed.Version, "--tool-path", tools, "--configfile",
            Path.Combine(feed.Root, "nuget.config")],
            feed.Environment);
        var answer = await DotNet.DoAsync(feed.Root, Path.Combine(tools, "dla"), ["classify", Photo, "--format", "jsonl"], feed.Environment);
        using var line = JsonDocument.Parse(answer);
        Assert.Contains(Path.GetFileName(Photo), answer, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Object, line.RootElement.ValueKind);

        var models = await DotNet.DoAsync(feed.Root, Path.Combine(tools, "dla"), ["models"], feed.Environment);
        Assert.Contains("dla102x2", models, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dla.dll"), InlineData("Dla.MLNet.dll"), InlineData("Microsoft.ML.OnnxRuntime.dll"), InlineData("System.CommandLine.dll")]
    public void The_tool_s_assemblies_hold_native_code_so_that_it_starts_fast(string assembly)
    {
        feed.Require();
        var package = Directory.GetFiles(feed.Folder, "dla.*-*.nupkg").Single();
        using var bytes = new MemoryStream(Package.Read(package, name => name.EndsWith('/' + assembly, StringComparison.Ordinal)));
        using var reader = new PEReader(bytes);
        Assert.NotEqual(0, reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
    }

    private string Model => Directory.GetFiles(feed.Source("Dla.Cli/Models"), "*.onnx").Single();

    /// <summary>A photo where the shared data is there, else the one picture that the repository has.</summary>
    private string Photo => SharedData.Find("data/photos/koala.jpg") ?? feed.Source("assets/icon.png");
}
