using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>An aggregation node: concatenate the children, 1×1 convolution, norm, and with a residual root add the nearest child.</summary>
internal sealed class DlaRoot : nn.Module<Tensor[], Tensor>
{
    [ComponentName(Name = "conv")] internal readonly Conv2d Conv;
    [ComponentName(Name = "bn")] internal readonly BatchNorm2d Norm;

    public DlaRoot(DlaLayers layers, int input, int output, bool residual) : base(nameof(DlaRoot))
    {
        Conv = layers.Conv(input, output, kernel: 1);
        Norm = layers.Norm(output);
        Residual = residual;
        RegisterComponents();
    }

    internal bool Residual { get; }

    public override Tensor forward(Tensor[] children)
    {
        using var scope = NewDisposeScope();
        var x = Norm.Normalise(Conv.Convolve(cat(children, dim: 1)));   // [N, ΣC, H, W] -> [N, C, H, W]
        if (Residual) x.AddInPlace(children[0]);                       // the nearest child only
        return x.relu_().MoveToOuterDisposeScope();
    }
}
