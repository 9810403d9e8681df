using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>Adds the embeddings of images.</summary>
public sealed class DlaFeaturizingTransformer : ImageTransformer
{
    private readonly FeaturizingModel _model;

    internal DlaFeaturizingTransformer(FeaturizingModel model) : base(model.Task, model.Options, model.Options.Mode, model.Columns) => _model = model;

    /// <summary>Numbers in an embedding.</summary>
    public int Dimension => _model.Task.Length;

    private protected override void Save(ModelSaveContext context) => SavedTransformer.Save(context, _model.Options, _model.Model);
}
