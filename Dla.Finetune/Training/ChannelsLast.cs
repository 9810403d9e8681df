using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>Strides in which the channels of a pixel lie side by side: oneDNN's convolutions are several times as fast on them.</summary>
internal static class ChannelsLast
{
    /// <summary>The same [N, C, H, W] values in channels-last strides.</summary>
    public static Tensor Of(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    /// <summary>Gives all convolution weights channels-last strides, in place.</summary>
    public static void Apply(DlaNetwork network) => Restride(network, w => w.permute(0, 2, 3, 1).clone().contiguous().permute(0, 3, 1, 2));

    /// <summary>Gives all convolution weights plain strides again, in place.</summary>
    public static void Undo(DlaNetwork network) => Restride(network, w => w.contiguous());

    private static void Restride(DlaNetwork network, Func<Tensor, Tensor> restride)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (var weight in network.parameters())
            if (weight.dim() == 4) weight.set_(restride(weight.detach()));
    }
}
