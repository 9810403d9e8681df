using System.Security.Cryptography;
using Dla.Models;

namespace Dla.Cli.Tests;

/// <summary>Commands never write over what they read.</summary>
public sealed class SameFileTests(SmallModel small) : IClassFixture<SmallModel>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dla-same-");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string> Spellings => ["path", "other spelling", "link", "hard link"];

    [Theory, MemberData(nameof(Spellings))]
    public async Task A_model_is_not_quantized_in_place(string spelling)
    {
        var model = Copy(small.Model, "model.onnx");
        await AssertRefused(model, ["quantize", model, "--calibration", small.Images, "--samples", "4", "-o", Name(model, spelling)]);
    }

    [Fact]
    public async Task Weights_and_class_names_are_not_replaced_by_what_is_made_of_them()
    {
        var weights = Path.Combine(_folder.FullName, "weights.safetensors");
        using (var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2, Seed = 1 })) Safetensors.Save(weights, network);
        var names = Path.Combine(_folder.FullName, "names.txt");
        await File.WriteAllTextAsync(names, "ant\nbee\n", TestContext.Current.CancellationToken);
        await AssertRefused(weights, ["export", "--weights", weights, "-o", Name(weights, "link")]);
        await AssertRefused(names, ["export", "--variant", "dla46_c", "--class-names", names, "-o", names]);
        await AssertRefused(weights, ["weights", "convert", weights, Name(weights, "other spelling")]);
        await AssertRefused(weights, ["finetune", small.Images, "--weights", weights, "--size", "32", "--batch", "4", "-o", weights]);
    }

    [Fact]
    public async Task A_report_does_not_replace_the_model()
    {
        var model = Copy(small.Model, "model.onnx");
        await AssertRefused(model, ["evaluate", small.Images, "-m", model, "--report", Name(model, "hard link")]);
        await AssertRefused(model, ["quantize", model, "--calibration", small.Images, "-o", Path.Combine(_folder.FullName, "int8.onnx"), "--report", model]);
    }

    private static async Task AssertRefused(string input, string[] arguments)
    {
        var before = SHA256.HashData(await File.ReadAllBytesAsync(input));
        var run = await DlaProcess.RunAsync(arguments);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("would be lost. Name another file.", run.Errors, StringComparison.Ordinal);
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(input)));
    }

    private string Copy(string file, string name)
    {
        var copy = Path.Combine(_folder.FullName, name);
        File.Copy(file, copy);
        return copy;
    }

    /// <summary>Another name of a file.</summary>
    private static string Name(string file, string spelling)
    {
        var (folder, name) = (Path.GetDirectoryName(file)!, Path.GetFileName(file));
        var other = Path.Combine(folder, "other" + Path.GetExtension(file));
        switch (spelling)
        {
            case "path":
                return file;
            case "other spelling":
                return Path.Combine(folder, "..", Path.GetFileName(folder), ".", name);
            case "link":
                if (!File.Exists(other)) File.CreateSymbolicLink(other, file);
                return other;
            default:
                Assert.SkipUnless(OperatingSystem.IsLinux(), "makes a hard link with ln");
                using (var link = System.Diagnostics.Process.Start("ln", [file, other])) link.WaitForExit();
                return other;
        }
    }
}
