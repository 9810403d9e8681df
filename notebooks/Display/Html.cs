namespace Dla.Notebooks;

/// <summary>A piece of HTML.</summary>
/// <param name="Text">The markup.</param>
public sealed record Html(string Text)
{
    /// <summary>The markup.</summary>
    public override string ToString() => Text;
}
