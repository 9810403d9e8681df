using Microsoft.ML;

namespace Dla.MLNet.Bridge;

/// <summary>Makes a transformer from what <see cref="SavedModel.Save"/> wrote; Dla.MLNet implements it.</summary>
public interface ISavedModelReader
{
    /// <summary>Makes the transformer.</summary>
    /// <param name="header">The header's text.</param>
    /// <param name="payload">The payload, seekable and at its start, or <see langword="null"/> if none was written. It is closed after the call.</param>
    /// <param name="context">The context that loads the model.</param>
    /// <exception cref="FormatException">Header or payload are damaged.</exception>
    public ITransformer Read(string header, Stream? payload, ContextEnvironment context);
}
