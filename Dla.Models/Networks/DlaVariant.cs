namespace Dla.Models;

/// <summary>One row of the variant table: everything that distinguishes one DLA network from another.</summary>
/// <param name="Name">The name that timm and the published files use, such as <c>dla34</c>.</param>
/// <param name="Block">The residual block at the leaves.</param>
/// <param name="Levels">Six numbers: convolutions in levels 0 and 1, depth of the aggregation tree in levels 2 to 5.</param>
/// <param name="Channels">Six numbers: output channels of each level.</param>
/// <remarks>A variant of your own is made with the constructor; the published ones are the static properties.</remarks>
public sealed record DlaVariant(string Name, DlaBlock Block, IReadOnlyList<int> Levels, IReadOnlyList<int> Channels)
{
    /// <summary>Groups of the blocks' 3×3 convolutions. Default: 1.</summary>
    public int Cardinality { get; init; } = 1;

    /// <summary>Channels per group where the block has 64 output channels. Default: 64.</summary>
    public int BaseWidth { get; init; } = 64;

    /// <summary>Whether aggregation nodes add their nearest child before the ReLU. Default: <see langword="false"/>.</summary>
    public bool ResidualRoot { get; init; }

    /// <summary>Length F of the embedding: the channels of level 5.</summary>
    public int EmbeddingLength => Channels[^1];

    private static readonly int[] Compact = [16, 32, 64, 64, 128, 256];
    private static readonly int[] Wide = [16, 32, 128, 256, 512, 1024];

    /// <summary>DLA-34: basic blocks, 15.7 M parameters.</summary>
    public static DlaVariant Dla34 { get; } = new("dla34", DlaBlock.Basic, [1, 1, 1, 2, 2, 1], [16, 32, 64, 128, 256, 512]);

    /// <summary>DLA-46-C: compact, 1.3 M parameters.</summary>
    public static DlaVariant Dla46C { get; } = new("dla46_c", DlaBlock.Bottleneck, [1, 1, 1, 2, 2, 1], Compact);

    /// <summary>DLA-X-46-C: compact with grouped convolutions, 1.1 M parameters.</summary>
    public static DlaVariant Dla46XC { get; } = Dla46C with { Name = "dla46x_c", Cardinality = 32, BaseWidth = 4 };

    /// <summary>DLA-X-60-C: compact with grouped convolutions, 1.3 M parameters.</summary>
    public static DlaVariant Dla60XC { get; } = Dla46XC with { Name = "dla60x_c", Levels = [1, 1, 1, 2, 3, 1] };

    /// <summary>DLA-60: bottlenecks, 22.0 M parameters.</summary>
    public static DlaVariant Dla60 { get; } = new("dla60", DlaBlock.Bottleneck, [1, 1, 1, 2, 3, 1], Wide);

    /// <summary>DLA-X-60: grouped bottlenecks, 17.4 M parameters.</summary>
    public static DlaVariant Dla60X { get; } = Dla60 with { Name = "dla60x", Cardinality = 32, BaseWidth = 4 };

    /// <summary>DLA-102: bottlenecks and residual roots, 33.3 M parameters.</summary>
    public static DlaVariant Dla102 { get; } = new("dla102", DlaBlock.Bottleneck, [1, 1, 1, 3, 4, 1], Wide) { ResidualRoot = true };

    /// <summary>DLA-X-102: grouped bottlenecks and residual roots, 26.3 M parameters.</summary>
    public static DlaVariant Dla102X { get; } = Dla102 with { Name = "dla102x", Cardinality = 32, BaseWidth = 4 };

    /// <summary>DLA-X-102 64: as DLA-X-102 with 64 groups, 41.3 M parameters.</summary>
    public static DlaVariant Dla102X2 { get; } = Dla102 with { Name = "dla102x2", Cardinality = 64, BaseWidth = 4 };

    /// <summary>DLA-169: bottlenecks and residual roots, 53.4 M parameters.</summary>
    public static DlaVariant Dla169 { get; } = Dla102 with { Name = "dla169", Levels = [1, 1, 2, 3, 5, 1] };

    /// <summary>DLA-60 with Res2Net blocks, 20.8 M parameters.</summary>
    public static DlaVariant Dla60Res2Net { get; } = Dla60 with { Name = "dla60_res2net", Block = DlaBlock.Bottle2neck, BaseWidth = 28 };

    /// <summary>DLA-60 with Res2NeXt blocks, 17.0 M parameters.</summary>
    public static DlaVariant Dla60Res2Next { get; } = Dla60Res2Net with { Name = "dla60_res2next", Cardinality = 8, BaseWidth = 4 };

    /// <summary>The twelve published variants, smallest family first.</summary>
    public static IReadOnlyList<DlaVariant> All { get; } =
        [Dla34, Dla46C, Dla46XC, Dla60XC, Dla60, Dla60X, Dla102, Dla102X, Dla102X2, Dla169, Dla60Res2Net, Dla60Res2Next];

    /// <summary>The published variant of this name.</summary>
    /// <exception cref="ArgumentException">There is no such variant; the message lists them.</exception>
    public static DlaVariant Parse(string name) =>
        All.FirstOrDefault(v => string.Equals(v.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"'{name}' is not a DLA variant. Use one of: {string.Join(", ", All.Select(v => v.Name))}.", nameof(name));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
