using Dla.Tests;

namespace Dla.Packages.Tests;

public sealed class TelemetryTests(PackedFeed feed)
{
    /// <summary>Prints what ONNX Runtime would read after the library's first use, or classifies an image and keeps the model open for ten seconds.</summary>
    private const string Program = """
        using System.Runtime.InteropServices;
        using Dla.MLNet;

        if (args is ["environment", ..])
        {
            if (args is [_, var value]) Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", value);
            Use();
            Console.WriteLine(Marshal.PtrToStringUTF8(C.Get("ORT_DISABLE_TELEMETRY")));
        }
        else Classify(args[0], args[1]);

        // In methods of their own, for the library begins to run when a method that uses it is compiled.
        static void Use() => _ = new DlaClassifierOptions { ModelPath = "none.onnx" };

        static void Classify(string model, string image)
        {
            using var classifier = DlaClassifier.Open(model);
            Console.WriteLine(classifier.Predict(image).Label);
            Thread.Sleep(TimeSpan.FromSeconds(10));
        }

        static class C
        {
            [DllImport("libc", EntryPoint = "getenv")] public static extern nint Get([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
        }
        """;

    [Fact]
    public async Task A_program_that_only_references_Dla_MLNet_leaves_no_file_opens_no_connection_and_keeps_a_value_that_is_set()
    {
        feed.Require();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the environment of Linux' C library");
        var project = new NewProject(feed, "Telemetry");
        Assert.Equal("1", (await project.RunAsync(Program, ["Dla.MLNet", "Microsoft.ML.OnnxRuntime"], "environment")).Trim());
        var program = Path.Combine(project.Output, "Telemetry.dll");
        Assert.Equal("0", (await DotNet.DoAsync(project.Folder, "dotnet", [program, "environment", "0"])).Trim());
        var set = new Dictionary<string, string> { ["ORT_DISABLE_TELEMETRY"] = "2" };
        Assert.Equal("2", (await DotNet.DoAsync(project.Folder, "dotnet", [program, "environment"], set)).Trim());

        await WatchedProcess.RequireStraceAsync();
        var model = Directory.GetFiles(feed.Source("Dla.Cli/Models"), "*.onnx").Single();
        var run = await WatchedProcess.RunAsync("dotnet", program, model, feed.Source("assets/icon.png"));
        Assert.NotEmpty(run.Output.Trim());
        Assert.Empty(run.Files);
        Assert.Empty(run.InternetSockets);
    }
}
