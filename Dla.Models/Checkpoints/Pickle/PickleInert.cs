namespace Dla.Models;

/// <summary>Something of a pickle that has no meaning here: settings of the training run, a counter, a device.</summary>
internal sealed class PickleInert
{
    public static PickleInert Instance { get; } = new();

    private PickleInert()
    {
    }
}
