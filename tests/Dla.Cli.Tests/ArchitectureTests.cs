using System.Reflection;
using Dla.Export;
using Dla.Finetune;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Cli.Tests;

public class ArchitectureTests
{
    [Theory]
    [InlineData(typeof(DlaClassifier), "Dla.MLNet.Bridge")]
    [InlineData(typeof(DlaVariant))]
    [InlineData(typeof(DlaExporter), "Dla.MLNet", "Dla.Models")]
    [InlineData(typeof(ImageDataset), "Dla.Export", "Dla.MLNet", "Dla.Models")]
    public void References_point_one_way(Type inside, params string[] allowed) =>
        Assert.Subset(allowed.ToHashSet(), References(inside.Assembly).Where(n => n.StartsWith("Dla.", StringComparison.Ordinal)).ToHashSet());

    [Fact]
    public void Networks_know_nothing_of_ML_NET_and_ONNX() =>
        Assert.DoesNotContain(References(typeof(DlaVariant).Assembly), n => n.StartsWith("Microsoft.ML", StringComparison.Ordinal));

    [Fact]
    public void Libraries_print_nothing()
    {
        foreach (var library in (Assembly[])[typeof(DlaClassifier).Assembly, typeof(DlaVariant).Assembly, typeof(DlaExporter).Assembly,
            typeof(ImageDataset).Assembly])
            Assert.DoesNotContain("System.Console", References(library));
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(a => a.Name!);
}
