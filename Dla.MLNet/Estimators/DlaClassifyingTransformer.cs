using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Adds the class probabilities of images and the most probable class.</summary>
/// <remarks>
/// One that <c>DlaImageClassification</c> trained on text labels also turns that column, where it is text, into keys by class name, so that <c>Evaluate</c>
/// and <c>CrossValidate</c> take it. A label that is none of the classes becomes the missing key.
/// </remarks>
public sealed class DlaClassifyingTransformer : ImageTransformer
{
    private readonly ClassifyingModel _model;

    internal DlaClassifyingTransformer(ClassifyingModel model) : base(model.Task, model.Options, model.Options.Mode, model.Columns) => _model = model;

    /// <summary>
    /// The model's card, with the class names and the preprocessing that are in effect: those of the options where they are given. Classes without names
    /// are called 0, 1, ….
    /// </summary>
    public DlaModelCard Card => _model.Card;

    /// <summary>The names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> ClassNames => _model.ClassNames;

    /// <summary>The same model with other options, such as a loaded one's <c>ImageFolder</c>, <c>Device</c> or <c>CancellationToken</c>.</summary>
    /// <param name="change">Gives the new options from the present ones; another <c>ModelPath</c> has no effect.</param>
    /// <returns>A transformer of its own: both are to be disposed.</returns>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    /// <exception cref="InvalidOperationException">The model's file was removed, replaced or written to since it was opened.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public DlaClassifyingTransformer With(Func<DlaClassifierOptions, DlaClassifierOptions> change)
    {
        using var lease = _model.Model.Use();
        var options = Changed(_model.Options, change);
        return new DlaClassifyingTransformer(ClassifyingModel.Open(_model.Model.Source.Again(), options));
    }

    private protected override LabelBinding? Labels(DataViewSchema input) =>
        _model.Options.TextLabelColumnName is { } name && input.GetColumnOrNull(name) is { Type: TextDataViewType }
            ? new LabelBinding(new ClassNameIndex(ClassNames, UnknownLabelHandling.Missing), name, name, input)
            : null;

    private protected override string Step => nameof(DlaTransforms.ClassifyImages);

    private protected override void Save(ModelSaveContext context) =>
        SavedTransformer.Save(context, _model.Options with { ClassNames = _model.ClassNames }, _model.Model);
}
