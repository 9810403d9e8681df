namespace Dla.WebApp;

/// <summary>A class and its probability.</summary>
/// <param name="Label">The class.</param>
/// <param name="Probability">0 to 1.</param>
/// <param name="Map">Asked for with <c>maps=true</c>: the photo with the places that speak for the class, a PNG as a data address.</param>
internal sealed record ClassScore(string Label, float Probability, string? Map = null);
