namespace Dla.MLNet;

/// <summary>Reports images that could not be read to the context's log: of a data set the first ones by name, and how many there were.</summary>
internal sealed class BadImageLog(PipelineContext? context, string step) : IDisposable
{
    /// <summary>So many are named; a folder of broken files must not fill a log.</summary>
    private const int Named = 10;

    private long _count;

    /// <summary>One image that could not be read.</summary>
    /// <param name="row">Its row in a data set, or <see langword="null"/> for a single prediction.</param>
    /// <param name="path">Its path, if it has one.</param>
    /// <param name="error">Why.</param>
    public void Add(long? row, string? path, ImageDecodeException error)
    {
        if (row is null || ++_count <= Named)
            context?.Warn(step, $"An image could not be read. {(row is { } number ? ImageBinding.Describe(number, path, error) : error.Message)}");
    }

    /// <summary>The end of the rows.</summary>
    public void Dispose()
    {
        if (_count > Named) context?.Warn(step, $"{_count:N0} images could not be read; the first {Named} are named above.");
        _count = 0;
    }
}
