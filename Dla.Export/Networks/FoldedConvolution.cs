using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Export;

/// <summary>A convolution with the batch norm behind it folded in, computed in float64.</summary>
/// <param name="Weight">Row-major [out, in / groups, kh, kw].</param>
/// <param name="Bias">[out].</param>
/// <param name="Shape">The weight's shape.</param>
internal sealed record FoldedConvolution(double[] Weight, double[] Bias, long[] Shape)
{
    public static FoldedConvolution Of(Conv2d conv, BatchNorm2d? norm)
    {
        var weight = Doubles(conv.weight);
        var shape = conv.weight.shape;
        var bias = conv.bias is { } b ? Doubles(b) : new double[shape[0]];
        if (norm is null) return new FoldedConvolution(weight, bias, shape);

        // norm(y) = (y − mean) · gain / √(variance + ε) + shift
        double[] mean = Doubles(norm.running_mean!), variance = Doubles(norm.running_var!), gain = Doubles(norm.weight!), shift = Doubles(norm.bias!);
        var perOutput = weight.Length / bias.Length;
        for (var o = 0; o < bias.Length; o++)
        {
            var scale = gain[o] / Math.Sqrt(variance[o] + norm.eps);
            foreach (ref var w in weight.AsSpan(o * perOutput, perOutput)) w *= scale;
            bias[o] = (bias[o] - mean[o]) * scale + shift[o];
        }
        return new FoldedConvolution(weight, bias, shape);
    }

    private static double[] Doubles(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }
}
