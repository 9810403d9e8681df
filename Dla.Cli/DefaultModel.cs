using System.CommandLine;

namespace Dla.Cli;

/// <summary>The model that comes with the command, trained by this project on CIFAR-100.</summary>
internal static class DefaultModel
{
    /// <summary>The file beside the command.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Models", "cifar100-dla46_c.onnx");

    /// <summary>The <c>--model</c> option of every verb that runs a model.</summary>
    public static Option<string?> Option() => new("--model", "-m")
    {
        Description = "The ONNX file. Default: the model that comes with the command, which knows CIFAR-100's classes.",
        HelpName = "file",
    };

    /// <summary>The file that the option names, or else the one that comes with the command.</summary>
    public static string Of(ParseResult parsed, Option<string?> model) => parsed.GetValue(model) ?? Path;
}
