using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>A Deep Layer Aggregation image classifier (Yu et al., CVPR 2018, arXiv 1707.06484) as a TorchSharp module.</summary>
/// <remarks>
/// <para>The names of its tensors are those of PyTorch's <c>state_dict</c> in timm. Where this differs from the paper's code: that one
/// also builds a projection at trees of more than one level and never uses its output; here only the leaves have one.</para>
/// <para>Call <see cref="nn.Module.eval"/> for inference. An instance is not safe for concurrent use while it is being trained.</para>
/// </remarks>
public sealed class DlaNetwork : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "base_layer")] internal readonly Sequential Stem;
    [ComponentName(Name = "level0")] internal readonly Sequential Level0;
    [ComponentName(Name = "level1")] internal readonly Sequential Level1;
    [ComponentName(Name = "level2")] internal readonly DlaTree Level2;
    [ComponentName(Name = "level3")] internal readonly DlaTree Level3;
    [ComponentName(Name = "level4")] internal readonly DlaTree Level4;
    [ComponentName(Name = "level5")] internal readonly DlaTree Level5;
    [ComponentName(Name = "fc")] internal readonly Conv2d? Head;

    /// <summary>Builds the network with random weights: convolutions N(0, √(2 / (k·k·out))), batch norms 1 and 0.</summary>
    /// <exception cref="ArgumentException">An option or the variant's numbers are out of range.</exception>
    public DlaNetwork(DlaVariant variant, DlaNetworkOptions? options = null) : base(nameof(DlaNetwork))
    {
        ArgumentNullException.ThrowIfNull(variant);
        Variant = variant;
        Options = options ?? new DlaNetworkOptions();
        Check(variant, Options);
        Dropout = Options.Dropout;

        var layers = new DlaLayers(Options.ShapesOnly);
        var c = variant.Channels;
        Stem = nn.Sequential(layers.Conv(Options.InputChannels, c[0], kernel: 7), layers.Norm(c[0]), nn.ReLU(inplace: true));
        Level0 = ConvolutionLevel(layers, c[0], c[0], variant.Levels[0], stride: 1);
        Level1 = ConvolutionLevel(layers, c[0], c[1], variant.Levels[1], stride: 2);
        Level2 = new DlaTree(layers, variant, variant.Levels[2], c[1], c[2], stride: 2, levelRoot: false);
        Level3 = new DlaTree(layers, variant, variant.Levels[3], c[2], c[3], stride: 2, levelRoot: true);
        Level4 = new DlaTree(layers, variant, variant.Levels[4], c[3], c[4], stride: 2, levelRoot: true);
        Level5 = new DlaTree(layers, variant, variant.Levels[5], c[4], c[5], stride: 2, levelRoot: true);
        if (Options.NumClasses > 0) Head = layers.Conv(c[5], Options.NumClasses, kernel: 1, bias: true);
        RegisterComponents();
        if (!Options.ShapesOnly) InitializeWeights();
        Options = Options with { ShapesOnly = false };
    }

    /// <summary>The row of the variant table that this network was built from.</summary>
    public DlaVariant Variant { get; }

    /// <summary>The options that this network was built with.</summary>
    public DlaNetworkOptions Options { get; }

    /// <summary>Probability of dropping an embedding value before the head, in training. At first that of the options.</summary>
    internal double Dropout { get; set; }

    /// <summary>Classifies images: logits [N, C], or the embedding [N, F] when there is no head.</summary>
    /// <param name="input">
    /// Normalised images, [N, InputChannels, H, W]; H and W are multiples of 32. The network computes in their format: float32, or bfloat16 beside its
    /// float32 weights.
    /// </param>
    /// <exception cref="ArgumentException">H or W is not a positive multiple of 32: pooling and strided convolution would disagree.</exception>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var embedding = ForwardEmbedding(input);
        if (Head is null) return embedding.MoveToOuterDisposeScope();
        return ForwardHead(embedding).MoveToOuterDisposeScope();
    }

    /// <summary>The embedding [N, F]: level 5's features, averaged over height and width.</summary>
    /// <param name="input">Normalised images, [N, InputChannels, H, W].</param>
    public Tensor ForwardEmbedding(Tensor input)
    {
        using var scope = NewDisposeScope();
        return ForwardFeatures(input)[^1].mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>Logits [N, C] of embeddings [N, F]: dropout (in training) and the head.</summary>
    /// <exception cref="InvalidOperationException">The network has no head.</exception>
    public Tensor ForwardHead(Tensor embedding)
    {
        if (Head is null) throw new InvalidOperationException("This network was built with NumClasses = 0 and has no head to apply.");
        using var scope = NewDisposeScope();
        var x = nn.functional.dropout(embedding, Dropout, training);
        return Head.Convolve(x.unsqueeze(2).unsqueeze(3)).flatten(1).MoveToOuterDisposeScope();
    }

    /// <summary>The features of the six levels; level i has <c>Variant.Channels[i]</c> channels at 1/2^i of the input's size.</summary>
    /// <param name="input">Normalised images, [N, InputChannels, H, W].</param>
    public IReadOnlyList<Tensor> ForwardFeatures(Tensor input)
    {
        CheckSize(input.shape[^2], input.shape[^1]);
        using var scope = NewDisposeScope();
        var x = Stem.Run(input);
        Tensor[] levels = new Tensor[6];
        levels[0] = x = Level0.Run(x);
        levels[1] = x = Level1.Run(x);
        levels[2] = x = Level2.call(x, []);
        levels[3] = x = Level3.call(x, []);
        levels[4] = x = Level4.call(x, []);
        levels[5] = Level5.call(x, []);
        foreach (var level in levels) level.MoveToOuterDisposeScope();
        return levels;
    }

    private static Sequential ConvolutionLevel(DlaLayers layers, int input, int output, int count, int stride)
    {
        var level = new List<nn.Module<Tensor, Tensor>>();
        for (var i = 0; i < count; i++)
            level.AddRange([layers.Conv(i == 0 ? input : output, output, kernel: 3, stride: i == 0 ? stride : 1), layers.Norm(output), nn.ReLU(inplace: true)]);
        return nn.Sequential(level.ToArray());
    }

    internal static void CheckSize(long height, long width)
    {
        if (height < 32 || width < 32 || height % 32 != 0 || width % 32 != 0)
            throw new ArgumentException($"The image is {width}×{height} pixels; a DLA network takes multiples of 32, such as 224×224. Resize or crop it.");
    }

    /// <summary>Draws the convolutions' initial weights.</summary>
    private void InitializeWeights()
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        using var generator = new Generator(Options.Seed, CPU);
        foreach (var convolution in modules().OfType<Conv2d>())
        {
            var weight = convolution.weight;
            var fan = weight.shape[0] * weight.shape[2] * weight.shape[3];
            weight.normal_(0, Math.Sqrt(2.0 / fan), generator);
            convolution.bias?.zero_();
        }
    }

    /// <summary>
    /// Gives a new head on weights that were trained: U(−1/√F, 1/√F) for an embedding of F values, as PyTorch's layers begin. The original network's
    /// N(0, √(2 / C)) would be the larger the fewer classes there are, and its first gradients would spoil what was learned.
    /// </summary>
    internal void InitializeNewHead()
    {
        if (Head is null) return;
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        using var generator = new Generator(Options.Seed, CPU);
        var bound = 1 / Math.Sqrt(Head.weight.shape[1]);
        Head.weight.uniform_(-bound, bound, generator);
        Head.bias!.zero_();
    }

    private static void Check(DlaVariant variant, DlaNetworkOptions options)
    {
        if (variant.Levels.Count != 6 || variant.Channels.Count != 6)
            throw new ArgumentException($"'{variant.Name}' has {variant.Levels.Count} levels and " +
                $"{variant.Channels.Count} channel counts; a DLA network has six of each.", nameof(variant));
        if (variant.Levels.Concat(variant.Channels).Append(variant.Cardinality).Append(variant.BaseWidth).Any(n => n < 1))
            throw new ArgumentException($"The levels, channels, cardinality and base width of '{variant.Name}' must all be at least 1.", nameof(variant));
        ArgumentOutOfRangeException.ThrowIfNegative(options.NumClasses, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InputChannels, 1, nameof(options));
        if (options.Dropout is not (>= 0 and < 1)) throw new ArgumentException($"Dropout is {options.Dropout}; it must be in [0, 1).", nameof(options));
    }
}
