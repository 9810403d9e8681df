using System.Text.Json;

namespace Dla.Models.Tests;

/// <summary>The tiny network that PyTorch and the Paddle layout saved in every format, and the hostile files.</summary>
internal static class TinyCheckpoints
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "tiny-checkpoints");

    public static JsonElement Facts { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "tiny.json"))).RootElement;

    public static DlaVariant Variant { get; } = new("tiny", DlaBlock.Bottleneck, Facts.GetProperty("levels").Deserialize<int[]>()!,
        Facts.GetProperty("channels").Deserialize<int[]>()!);

    public static int NumClasses { get; } = Facts.GetProperty("num_classes").GetInt32();

    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder).Select(f => Path.GetFileName(f)).Where(n => n != "tiny.json").Order();

    public static IEnumerable<string> Hostile => Directory.EnumerateFiles(Path.Combine(Folder, "hostile")).Select(f => Path.GetFileName(f)).Order();

    public static DlaNetwork CreateNetwork(int? classes = null) => new(Variant, new DlaNetworkOptions { NumClasses = classes ?? NumClasses });
}
