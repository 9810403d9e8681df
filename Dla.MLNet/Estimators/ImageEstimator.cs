using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>What the estimators of this library share. They learn nothing from data: fitting opens the model and checks the input's schema.</summary>
/// <typeparam name="TTransformer">The transformer that fitting gives.</typeparam>
public abstract class ImageEstimator<TTransformer> : IEstimator<TTransformer> where TTransformer : ImageTransformer
{
    private readonly string _inputColumnName;

    private protected ImageEstimator(ImageReadingOptions options)
    {
        options.Validate();
        _inputColumnName = options.InputColumnName;
    }

    /// <summary>Opens the model and checks that the data has images for it; reads no rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no images.</exception>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="FormatException">It is not an ONNX file, or is damaged.</exception>
    /// <exception cref="NotSupportedException">The model does not take images, or does not give what is asked for.</exception>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = Open();
        try
        {
            transformer.GetOutputSchema(input.Schema);
            return transformer;
        }
        catch
        {
            transformer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Require(inputSchema, _inputColumnName, "Set InputColumnName to the one that holds the images.");
        return DescribeOutputs().AddTo(inputSchema);
    }

    private protected abstract TTransformer Open();

    private protected abstract OutputColumns DescribeOutputs();
}
