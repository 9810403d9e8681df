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
        return nn.functional.conv2d(x, layer.weight.to(x.dtype), layer.bias?.to(x.dtype), layer.stride, layer.padding, layer.dilation, layer.groups)
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Normalises features, [N, C, H, W], in the format they come in, by the layer's float32 values. In training it follows their statistics.
    /// </summary>
    /// <remarks>The layer's own forward counts its batches with a number that may be freed meanwhile, see <see cref="TensorArithmetic"/>.</remarks>
    public static Tensor Normalise(this BatchNorm2d layer, Tensor x)
    {
        if (layer.training)
        {
            using var untracked = no_grad();
            layer.num_batches_tracked!.IncrementInPlace();
        }
        return nn.functional.batch_norm(x, layer.running_mean!, layer.running_var!, layer.weight, layer.bias, layer.training, layer.momentum ?? 0.1, layer.eps);
    }

    /// <summary>Runs one layer after another.</summary>
    public static Tensor Run(this Sequential layers, Tensor x)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in layers.children())
        {
            x = layer switch
            {
                Conv2d convolution => convolution.Convolve(x),
                BatchNorm2d norm => norm.Normalise(x),
                _ => ((nn.Module<Tensor, Tensor>)layer).call(x),
            };
        }
        return x.MoveToOuterDisposeScope();
    }
}
