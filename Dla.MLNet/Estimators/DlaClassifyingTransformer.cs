using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>Adds the class probabilities of images and the most probable class.</summary>
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

    private protected override void Save(ModelSaveContext context) =>
        SavedTransformer.Save(context, _model.Options with { ClassNames = _model.ClassNames }, _model.Model);
}
