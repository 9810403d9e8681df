namespace Dla.MLNet.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void Dla_MLNet_references_neither_TorchSharp_nor_a_console() =>
        Assert.DoesNotContain(typeof(DlaModelCard).Assembly.GetReferencedAssemblies(), a =>
            a.Name!.Contains("Torch", StringComparison.Ordinal) || a.Name.Contains("Spectre", StringComparison.Ordinal)
                || a.Name.Contains("CommandLine", StringComparison.Ordinal));
}
