using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Makes networks whose values are about to be loaded: drawing 50 million random numbers first takes longer than loading does.</summary>
internal static class DlaAllocation
{
    /// <summary>A network on the CPU of which only the head, which a file may not fit, has initial values.</summary>
    /// <param name="variant">The network.</param>
    /// <param name="options">Its options.</param>
    /// <param name="type">The element type of weights and statistics.</param>
    public static DlaNetwork Create(DlaVariant variant, DlaNetworkOptions options, ScalarType type = ScalarType.Float32)
    {
        var network = new DlaNetwork(variant, options with { ShapesOnly = true });
        foreach (var module in network.modules())
        {
            if (module is Conv2d convolution)
            {
                convolution.weight = Allocate(convolution.weight, type);
                if (convolution.bias is { } bias) convolution.bias = Allocate(bias, type);
            }
            else if (module is BatchNorm2d norm)
            {
                norm.weight = Allocate(norm.weight!, type);
                norm.bias = Allocate(norm.bias!, type);
                norm.running_mean = AllocateBuffer(norm.running_mean!, type);
                norm.running_var = AllocateBuffer(norm.running_var!, type);
                norm.num_batches_tracked = AllocateBuffer(norm.num_batches_tracked!, ScalarType.Int64);
            }
        }
        network.InitializeNewHead();
        return network;
    }

    /// <summary>
    /// A network of its own with the same values, on the CPU, in training mode; the original's tensors stay as they are, for an optimizer may hold them.
    /// </summary>
    /// <param name="network">The original.</param>
    /// <param name="options">Its options, or the same without a head.</param>
    /// <param name="type">The element type of the copy's weights and statistics.</param>
    public static DlaNetwork Copy(DlaNetwork network, DlaNetworkOptions options, ScalarType type = ScalarType.Float32)
    {
        var copy = Create(network.Variant, options, type);
        using var untracked = no_grad();
        var values = network.state_dict();
        foreach (var (name, value) in copy.state_dict()) value.copy_(values[name]);
        return copy;
    }

    private static Parameter Allocate(Parameter shape, ScalarType type) => new(AllocateBuffer(shape, type), requires_grad: true);

    private static Tensor AllocateBuffer(Tensor shape, ScalarType type) => empty(shape.shape, type, CPU).DetachFromDisposeScope();
}
