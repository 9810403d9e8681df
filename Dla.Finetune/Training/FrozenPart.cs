namespace Dla.Finetune;

/// <summary>How much of a network, from its input on, keeps its weights in training.</summary>
public enum FrozenPart
{
    /// <summary>Nothing: all weights are trained.</summary>
    None,

    /// <summary>The stem.</summary>
    Stem,

    /// <summary>The stem and level 0.</summary>
    Level0,

    /// <summary>Up to level 1.</summary>
    Level1,

    /// <summary>Up to level 2.</summary>
    Level2,

    /// <summary>Up to level 3.</summary>
    Level3,

    /// <summary>Up to level 4.</summary>
    Level4,

    /// <summary>All but the head.</summary>
    Level5,
}
