using Dla.MLNet;
using Dla.Models;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune;

/// <summary>An ML.NET estimator whose <c>Fit</c> trains a network and gives the transformer that scores with it, the same as <c>ClassifyImages</c> gives.</summary>
/// <remarks>
/// Key labels keep their order: class i of the model is key i + 1, so that <c>Evaluate</c> compares like with like. Classes of text labels are
/// in ordinal order; map the labels of data to evaluate with <c>MapLabels(model.Card)</c>. Encoded images and MLImages are held in memory
/// while training lasts; paths are read again in every epoch.
/// </remarks>
public sealed class DlaImageClassificationTrainer : IEstimator<DlaClassifyingTransformer>
{
    private readonly DlaImageClassificationOptions _options;
    private readonly DlaTrainingOptions _recipe;

    internal DlaImageClassificationTrainer(DlaImageClassificationOptions options)
    {
        _options = options;
        _recipe = options.Complete();
        _recipe.Validate();
        options.Preprocessing.Validate();
        DlaNetwork.CheckSize(options.Preprocessing.CropSize, options.Preprocessing.CropSize);
        if (options.ValidationSetFraction is { } fraction and not (> 0 and < 1))
            throw new ArgumentException(FormattableString.Invariant($"{nameof(options.ValidationSetFraction)} is {fraction}; it must be between 0 and 1, or null."), nameof(options));
    }

    /// <summary>Trains on the rows.</summary>
    /// <exception cref="ArgumentException">Columns are missing or of the wrong kind, a label is missing, or there is nothing to learn.</exception>
    public DlaClassifyingTransformer Fit(IDataView input) => Fit(input, _options.ValidationSet);

    /// <summary>Trains on some rows and measures on others after each epoch; the best epoch's weights are kept.</summary>
    /// <param name="train">Images and labels to learn from.</param>
    /// <param name="validation">Images and labels of the same classes.</param>
    /// <exception cref="ArgumentException">Columns are missing or of the wrong kind, a label is missing or unknown, or there is nothing to learn.</exception>
    public DlaClassifyingTransformer Fit(IDataView train, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(train);
        ImageDataset learned = RowImages.Read(train, _options.FeatureColumnName, _options.LabelColumnName, classNames: null);
        ImageDataset? measured = validation is null ? null : RowImages.Read(validation, _options.FeatureColumnName, _options.LabelColumnName, learned.ClassNames);
        if (measured is null && _options.ValidationSetFraction is { } fraction) (learned, measured) = learned.Split(fraction, _recipe.Seed);

        var (network, start) = Start(learned.ClassNames.Count);
        using (network)
        {
            var workspace = _options.WorkspacePath is { } path ? new TrainingWorkspace(path, _options.Resume) : null;
            var result = DlaTrainer.Train(network, learned, measured, _options.Preprocessing, _recipe, workspace, new Monitor(_options.MetricsCallback), _options.CancellationToken);
            var accuracy = result.BestEpoch > 0 ? result.Epochs[result.BestEpoch - 1].Validation : null;
            var file = workspace is null ? Path.Combine(Path.GetTempPath(), $"dla-{Guid.NewGuid():n}.onnx") : Path.Combine(workspace.Path, "model.onnx");
            try
            {
                DlaTrainedModel.Export(network, learned, _options.Preprocessing, _recipe, result, start, accuracy is null ? null : (accuracy, measured!.Name), file, CancellationToken.None);
                return Scorer(file);
            }
            finally
            {
                if (workspace is null) File.Delete(file);
            }
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var name in (string[])[_options.FeatureColumnName, _options.LabelColumnName])
            if (inputSchema.All(c => c.Name != name))
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"There is no column '{name}'; the data has {string.Join(", ", inputSchema.Select(c => c.Name))}.");
        string[] some = ["a", "b"];   // the classes are not known before training, and a shape does not tell their number
        return new OutputColumns((_options.ScoreColumnName, new VectorDataViewType(NumberDataViewType.Single, some.Length)), some, _options.PredictedLabelColumnName, Error: null).AddTo(inputSchema);
    }

    private (DlaNetwork Network, string Start) Start(int classes)
    {
        if (_options.Weights is null)
            return (new DlaNetwork(_options.Variant ?? DlaVariant.Dla34, new DlaNetworkOptions { NumClasses = classes, Seed = _recipe.Seed }), $"random weights, seed {_recipe.Seed}");
        var options = new DlaPretrainedOptions { Variant = _options.Variant, NumClasses = classes, Seed = _recipe.Seed };
        var loaded = DlaPretrained.LoadAsync(_options.Weights, options, progress: null, _options.CancellationToken).GetAwaiter().GetResult();
        return (loaded.Network, loaded.Weights);
    }

    private DlaClassifyingTransformer Scorer(string file)
    {
        var options = new DlaClassifierOptions
        {
            ModelPath = file,
            InputColumnName = _options.FeatureColumnName,
            ScoreColumnName = _options.ScoreColumnName,
            PredictedLabelColumnName = _options.PredictedLabelColumnName,
        };
        return new DlaClassifyingTransformer(ClassifyingModel.Open(ModelSource.FromBytes(File.ReadAllBytes(file), file), options));
    }

    private sealed class Monitor(Action<TrainingEpoch>? callback) : ITrainingMonitor
    {
        public void OnStep(TrainingStep progress)
        {
        }

        public void OnEpoch(TrainingEpoch epoch) => callback?.Invoke(epoch);
    }
}
