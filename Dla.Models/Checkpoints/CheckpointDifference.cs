namespace Dla.Models;

/// <summary>A tensor of a file that has a place in a network, but not its shape or kind of numbers.</summary>
/// <param name="Name">The network's name of it.</param>
/// <param name="Found">What the file has, such as <c>[1000, 512, 1, 1]</c>.</param>
/// <param name="Expected">What the network has.</param>
public sealed record CheckpointDifference(string Name, string Found, string Expected)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} is {Found} instead of {Expected}";
}
