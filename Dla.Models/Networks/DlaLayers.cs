using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Makes the two layers with weights that every DLA network consists of, on the CPU or as shapes only.</summary>
internal sealed class DlaLayers(bool shapesOnly)
{
    private readonly Device? _device = shapesOnly ? META : null;

    /// <summary>A convolution that keeps the size at stride 1: padding k / 2.</summary>
    public Conv2d Conv(long input, long output, long kernel, long stride = 1, long groups = 1, bool bias = false) =>
        nn.Conv2d(input, output, kernel, stride, padding: kernel / 2, groups: groups, bias: bias, device: _device);

    /// <summary>Batch norm with PyTorch's defaults: eps 1e-5, momentum 0.1.</summary>
    public BatchNorm2d Norm(long channels) => nn.BatchNorm2d(channels, device: _device);
}
