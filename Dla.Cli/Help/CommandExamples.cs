using System.CommandLine;

namespace Dla.Cli.Help;

/// <summary>Command lines to copy, shown below the help of each verb. A test parses them all.</summary>
internal static class CommandExamples
{
    private static readonly Dictionary<string, string[]> Examples = new(StringComparer.Ordinal)
    {
        ["dla"] = ["dla classify photo.jpg", "dla evaluate cifar100 --report report.html", "dla finetune flowers/ --weights dla34 -o flowers.onnx"],
        ["classify"] = ["dla classify photo.jpg", "dla classify photos/ -m flowers.onnx --format " +
            "csv > classes.csv", "dla classify photos/ -m flowers.onnx --top 2 --explain maps/"],
        ["evaluate"] =
        [
            "dla evaluate cifar100", "dla evaluate photos/ -m flowers.onnx --report report.html --json flowers.json",
            "dla evaluate photos/ -m flowers.int8.onnx --baseline flowers.json",
        ],
        ["models"] = ["dla models"],
        ["weights"] = ["dla weights list", "dla weights show model_best.pth.tar"],
        ["weights list"] = ["dla weights list"],
        ["weights pull"] = ["dla weights pull dla34"],
        ["weights show"] = ["dla weights show model_best.pth.tar"],
        ["weights convert"] = ["dla weights convert dla34.pth dla34.safetensors"],
        ["finetune"] = ["dla finetune flowers/ --weights dla34 -o flowers.onnx", "dla finetune cifar100 --variant dla46_c -o cifar.onnx"],
        ["export"] =
        [
            "dla export --weights dla34 -o dla34.onnx", "dla export --weights dla34 --outputs logits,features -o dla34.onnx",
            "dla export --variant dla46_c --classes 10 --dynamic-size -o random.onnx",
        ],
        ["verify"] = ["dla verify dla34.onnx --weights dla34"],
        ["quantize"] = ["dla quantize flowers.onnx --calibration flowers/ -o flowers.int8.onnx"],
        ["benchmark"] = ["dla benchmark flowers.onnx", "dla benchmark flowers.onnx flowers.int8.onnx"],
        ["completion"] = ["source <(dla completion bash)", "dla completion zsh > ~/.zfunc/_dla", "dla completion pwsh >> $PROFILE"],
    };

    /// <summary>The examples of a verb.</summary>
    public static IReadOnlyList<string> Of(Command command) => Examples.GetValueOrDefault(Path(command), []);

    /// <summary>A verb's words, such as <c>weights pull</c>; <c>dla</c> for the root.</summary>
    public static string Path(Command command) => command is RootCommand ? "dla"
        : command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? $"{Path(parent)} {command.Name}" : command.Name;
}
