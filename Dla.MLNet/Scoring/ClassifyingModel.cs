using System.Globalization;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A model opened for classification: its classes have names.</summary>
internal sealed class ClassifyingModel : IDisposable
{
    private ClassifyingModel(ScoringModel model, DlaClassifierOptions options)
    {
        var output = ModelOutput.Classes(model.Outline, model.Source.Name, model.ShapeOf);
        var card = model.Card is { ClassNames: { Count: > 0 } named } ? named : null;
        ClassNames = [.. options.ClassNames ?? card ?? Enumerable.Range(0, output.Length).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        if (ClassNames.Count != output.Length)
            throw new ArgumentException($"The model '{model.Source.Name}' has {output.Length} classes and " +
                $"{ClassNames.Count} class names are given. Give one name for each class, in the order of the logits.");
        (Model, Options) = (model, options);
        (Scores, Reader) = (output, ImageReader.Of(options, model.Preprocessing));
        Task = new ModelTask(model, [output], Reader);
    }

    public ScoringModel Model { get; }

    public DlaClassifierOptions Options { get; }

    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The file's card, with the class names and the preprocessing that are in effect.</summary>
    public DlaModelCard Card => (Model.Card ?? new DlaModelCard()) with { ClassNames = ClassNames, Preprocessing = Model.Preprocessing };

    /// <summary>The output that holds the classes' scores.</summary>
    public ModelOutput Scores { get; }

    public ImageReader Reader { get; }

    public ModelTask Task { get; }

    /// <summary>The columns of scores, label and reasons.</summary>
    public OutputColumns Columns => new((Options.ScoreColumnName, new VectorDataViewType(NumberDataViewType.Single, ClassNames.Count)), ClassNames,
        Options.PredictedLabelColumnName, Options.OnBadImage == BadImageHandling.Missing ? Options.ImageErrorColumnName : null);

    public static ClassifyingModel Open(DlaClassifierOptions options)
    {
        options.Validate();
        return Open(ModelSource.FromFile(options.ModelPath), options).WithDevice();
    }

    public static ClassifyingModel Open(ModelSource source, DlaClassifierOptions options) =>
        ScoringModel.Open(source, options, model => new ClassifyingModel(model, options));

    public void Dispose() => Model.Dispose();

    /// <summary>This model, which is closed again when its device cannot be used.</summary>
    private ClassifyingModel WithDevice()
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
