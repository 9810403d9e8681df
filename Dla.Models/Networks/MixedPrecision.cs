using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Runs layers on features in either number format: the weights stay float32, also where the features are bfloat16.</summary>
internal static class MixedPrecision
{
    /// <summary>Convolves features, [N, C, H, W] → [N, C', H', W'], in the format they come in.</summary>
    /// <remarks>For bfloat16 the weights are rounded for this one operator; gradients pass the rounding and arrive in float32.</remarks>
    public static Tensor Convolve(this Conv2d layer, Tensor x)
    {
        if (x.dtype != ScalarType.BFloat16) return layer.call(x);
        using var scope = NewDisposeScope();
        return nn.functional.conv2d(x, layer.weight.to(x.dtype), layer.bias?.to(x.dtype), layer.stride, layer.padding, layer.dilation, layer.groups).MoveToOuterDisposeScope();
    }

    /// <summary>Runs one layer after another; batch norms take either format beside their float32 values.</summary>
    public static Tensor Run(this Sequential layers, Tensor x)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in layers.children()) x = layer is Conv2d convolution ? convolution.Convolve(x) : ((nn.Module<Tensor, Tensor>)layer).call(x);
        return x.MoveToOuterDisposeScope();
    }
}
