using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>Adds the embeddings of images.</summary>
public sealed class DlaFeaturizingTransformer : ImageTransformer
{
    private readonly FeaturizingModel _model;

    internal DlaFeaturizingTransformer(FeaturizingModel model) : base(model.Task, model.Options, model.Options.Mode, model.Columns) => _model = model;

    /// <summary>Numbers in an embedding.</summary>
    public int Dimension => _model.Task.Length;

    /// <summary>The same model with other options, such as a loaded one's <c>ImageFolder</c>, <c>Device</c> or <c>CancellationToken</c>.</summary>
    /// <param name="change">Gives the new options from the present ones; another <c>ModelPath</c> has no effect.</param>
    /// <returns>A transformer of its own: both are to be disposed.</returns>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    /// <exception cref="InvalidOperationException">The model's file was removed, replaced or written to since it was opened.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public DlaFeaturizingTransformer With(Func<DlaFeaturizerOptions, DlaFeaturizerOptions> change)
    {
        using var lease = _model.Model.Use();
        var options = Changed(_model.Options, change);
        return new DlaFeaturizingTransformer(FeaturizingModel.Open(_model.Model.Source.Again(), options));
    }

    private protected override string Step => nameof(DlaTransforms.FeaturizeImages);

    private protected override void Save(ModelSaveContext context) => SavedTransformer.Save(context, _model.Options, _model.Model);
}
