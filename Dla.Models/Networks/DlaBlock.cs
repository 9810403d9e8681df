namespace Dla.Models;

/// <summary>The residual block that the leaves of a DLA tree are made of.</summary>
public enum DlaBlock
{
    /// <summary>Two 3×3 convolutions (ResNet-18's block).</summary>
    Basic,

    /// <summary>1×1, 3×3, 1×1 with expansion 2, grouped for the ResNeXt variants.</summary>
    Bottleneck,

    /// <summary>Res2Net's bottleneck: the 3×3 convolution split into four hierarchical ones (scale 4).</summary>
    Bottle2neck,
}
