using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A model opened for its embedding.</summary>
internal sealed class FeaturizingModel : IDisposable
{
    private FeaturizingModel(ScoringModel model, DlaFeaturizerOptions options)
    {
        (Model, Options) = (model, options);
        Task = new ModelTask(model, [ModelOutput.Embedding(model.Outline, model.Source.Name, model.Expose)],
            ImageReader.Of(options, model.Preprocessing));
    }

    public ScoringModel Model { get; }

    public DlaFeaturizerOptions Options { get; }

    public ModelTask Task { get; }

    /// <summary>The columns of the embedding and the reasons.</summary>
    public OutputColumns Columns => new((Options.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, Task.Length)), null, null,
        Options.OnBadImage == BadImageHandling.Missing ? Options.ImageErrorColumnName : null);

    public static FeaturizingModel Open(DlaFeaturizerOptions options)
    {
        options.Validate();
        return Open(ModelSource.FromFile(options.ModelPath), options).WithDevice();
    }

    public static FeaturizingModel Open(ModelSource source, DlaFeaturizerOptions options) =>
        ScoringModel.Open(source, options, model => new FeaturizingModel(model, options));

    public void Dispose() => Model.Dispose();

    /// <summary>This model, which is closed again when its device cannot be used.</summary>
    private FeaturizingModel WithDevice()
    {
        try
        {
            Model.RequireDevice();
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }
}
