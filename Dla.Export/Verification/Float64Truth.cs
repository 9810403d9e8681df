using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Export;

/// <summary>The module's outputs in float64, beside which float32's own rounding shows: of the file, and of the module.</summary>
internal static class Float64Truth
{
    /// <summary>Largest relative differences from float64, over all outputs.</summary>
    /// <param name="network">The module; it is left as it is, for an optimizer may hold its parameters.</param>
    /// <param name="input">The images.</param>
    /// <param name="outputs">What the file gave for them.</param>
    /// <returns>Of the file, and of the module in float32.</returns>
    public static (double File, double Module) Compare(DlaNetwork network, VerificationInput input, IReadOnlyList<FileOutput> outputs)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var module = Doubles(ModuleOutputs.Of(network, input.Pixels), outputs);
        using var copy = DlaAllocation.Copy(network, network.Options, ScalarType.Float64);
        copy.eval();
        var truth = ModuleOutputs.Of(copy, input.Pixels.to(ScalarType.Float64));
        var expected = Doubles(truth, outputs);
        double file = 0, single = 0;
        foreach (var (output, i) in outputs.Select((o, i) => (o, i)))
        {
            if (expected[i] is not { } values) continue;
            var scale = truth.Scale(output.Name, values);
            file = Larger(file, Relative(Distance(values, output.Values), scale));
            single = Larger(single, Relative(Distance(values, module[i]!), scale));
        }
        return (file, single);
    }

    private static double[]?[] Doubles(ModuleOutputs module, IReadOnlyList<FileOutput> outputs) =>
        [.. outputs.Select(o => module.Counterpart(o.Name, outputs.Count == 1, o.Shape)?.to(ScalarType.Float64).contiguous().data<double>().ToArray())];

    private static double Distance(double[] truth, double[] values) => truth.Zip(values, (t, v) => Math.Abs(t - v)).Aggregate(0.0, Larger);

    /// <summary>Of an output of zeros alone, 0.</summary>
    private static double Relative(double distance, double scale) => distance == 0 ? 0 : distance / scale;

    /// <summary>The larger one; a NaN stays one.</summary>
    private static double Larger(double a, double b) => double.IsNaN(b) && !double.IsNaN(a) ? b : Math.Max(a, b);
}
