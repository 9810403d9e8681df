using Dla.Export;
using Dla.MLNet;
using Dla.Models;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune;

/// <summary>
/// An ML.NET estimator whose <c>Fit</c> trains a network and gives the transformer that scores with it, the same as <c>ClassifyImages</c> gives.
/// </summary>
/// <remarks>
/// Key labels keep their order: class i of the model is key i + 1, so that <c>Evaluate</c> compares like with like. Classes of text labels are
/// in ordinal order. A model that was trained on text labels turns that column into keys when it scores, so that <c>Evaluate</c> and
/// <c>CrossValidate</c> take it. For data whose labels are in another column, use <c>MapLabels(model.Card)</c>. Encoded images and MLImages are held in memory
/// while training lasts; paths are read again in every epoch.
/// </remarks>
public sealed class DlaImageClassificationTrainer : IEstimator<DlaClassifyingTransformer>
{
    private readonly DlaImageClassificationOptions _options;
    private readonly DlaTrainingOptions _recipe;
    private readonly PipelineContext _context;

    /// <param name="options">Columns, network and recipe.</param>
    /// <param name="catalog">What the trainer was asked of: its MLContext hears of the progress.</param>
    internal DlaImageClassificationTrainer(DlaImageClassificationOptions options, object catalog)
    {
        (_options, _context) = (options, PipelineContext.Of(catalog));
        _recipe = options.Complete();
        _recipe.Validate();
        options.Preprocessing?.Validate();
        if (options.Preprocessing is { CropSize: var size }) DlaNetwork.CheckSize(size, size);
        ScoringOptions("model.onnx").Validate();   // now, and not after hours of training
        if (options.ValidationSetFraction is { } fraction and not (> 0 and < 1))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(options.ValidationSetFraction)} is {fraction}; it must be between 0 and 1, or null."), nameof(options));
        }
    }

    /// <summary>Trains on the rows.</summary>
    /// <exception cref="ArgumentException">Columns are missing or of the wrong kind, a label is missing, or there is nothing to learn.</exception>
    /// <exception cref="ImageDecodeException">An image is bad, and the recipe does not say to skip such.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled before its first epoch ended.</exception>
    public DlaClassifyingTransformer Fit(IDataView input) => Fit(input, _options.ValidationSet);

    /// <summary>Trains on some rows and measures on others after each epoch; the best epoch's weights are kept.</summary>
    /// <param name="train">Images and labels to learn from.</param>
    /// <param name="validation">Images and labels of the same classes.</param>
    /// <exception cref="ArgumentException">Columns are missing or of the wrong kind, a label is missing, or there is nothing to learn.</exception>
    /// <exception cref="ImageDecodeException">An image is bad, and the recipe does not say to skip such.</exception>
    /// <exception cref="InvalidOperationException">The context's <c>GpuDeviceId</c> names a GPU that cannot be used, and it does not fall back.</exception>
    /// <exception cref="InvalidDataException">A label of the validation rows is none of the training rows', or the workspace holds another run.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled before its first epoch ended.</exception>
    public DlaClassifyingTransformer Fit(IDataView train, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(train);
        ScoringDevice.Choose(ScoringOptions("model.onnx")).Require();   // now, and not after hours of training
        ImageDataset learned = RowImages.Read(train, _options.FeatureColumnName, _options.LabelColumnName, classNames: null);
        ImageDataset? measured = validation is null ? null : RowImages.Read(validation, _options.FeatureColumnName, _options.LabelColumnName,
            learned.ClassNames);
        if (measured is null && _options.ValidationSetFraction is { } fraction) (learned, measured) = learned.Split(fraction, _recipe.Seed);

        using var log = _context.Open(nameof(DlaTrainers.DlaImageClassification));
        var (network, start, preprocessing) = Start(learned.ClassNames.Count);
        using (network)
        {
            log.Info($"{network.Variant.Name} from {start}: {learned.Name}; {_recipe.Describe()}");
            var workspace = _options.WorkspacePath is { } path ? new TrainingWorkspace(path, _options.Resume) : null;
            if (workspace is { Resume: true }) SavedRun.Require(workspace);
            using var reserved = workspace is null ? null : WorkspaceLock.Take(workspace.Path);   // until the model is in it
            if (workspace is not null) workspace = workspace with { Lock = reserved };
            var result = DlaTrainer.Train(network, learned, measured, preprocessing, _recipe, workspace, new EstimatorMonitor(log, _options.MetricsCallback),
                _options.CancellationToken);
            foreach (var bad in result.BadImages) log.Warning($"Left out: {bad.Reason}");
            if (result.BestEpoch == 0) _options.CancellationToken.ThrowIfCancellationRequested();   // there is nothing learned to return
            if (!result.Completed) log.Warning($"Stopped after {result.Epochs.Count} complete epochs. The model is the best so far.");
            var accuracy = result.Best?.Validation is { } validated ? (validated, measured!.Name) : ((DlaAccuracy, string)?)null;
            var hasTextLabels = train.Schema[_options.LabelColumnName].Type is TextDataViewType;
            if (workspace is null)
                return Scorer(DlaTrainedModel.ToBytes(network, learned, preprocessing, _recipe, result, start, accuracy), "the trained model", hasTextLabels);
            DlaTrainedModel.Export(network, learned, preprocessing, _recipe, result, start, accuracy, workspace.Model, workspace.BestWeights,
                CancellationToken.None);
            return Scorer(File.ReadAllBytes(workspace.Model), workspace.Model, hasTextLabels);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A column is absent, or holds no images or no labels.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Require(inputSchema, _options.FeatureColumnName, "Set FeatureColumnName to the one that holds the images.");
        var isText = TrainedLabels.IsText(inputSchema, _options.LabelColumnName);
        string[] some = ["a", "b"];   // the classes are not known before training, and a shape does not tell their number
        var labelled = isText ? LabelBinding.AddColumn(inputSchema, _options.LabelColumnName, some) : inputSchema;
        return new OutputColumns((_options.ScoreColumnName, new VectorDataViewType(NumberDataViewType.Single, some.Length)), some,
            _options.PredictedLabelColumnName, Error: null).AddTo(labelled);
    }

    private (DlaNetwork Network, string Start, ImagePreprocessing Preprocessing) Start(int classes)
    {
        if (_options.Weights is null)
        {
            var network = new DlaNetwork(_options.Variant ?? DlaVariant.Dla34, new DlaNetworkOptions { NumClasses = classes, Seed = _recipe.Seed });
            return (network, $"random weights, seed {_recipe.Seed}", _options.Preprocessing ?? new ImagePreprocessing());
        }
        var options = new DlaPretrainedOptions { Variant = _options.Variant, NumClasses = classes, Seed = _recipe.Seed };
        // Not on the caller's context: a window's thread would wait for itself.
        var loaded = Task.Run(() => DlaPretrained.LoadAsync(_options.Weights, options, progress: null, _options.CancellationToken)).GetAwaiter().GetResult();
        var card = loaded.Card(_options.Preprocessing);
        return (loaded.Network, card.Weights!, card.Preprocessing);
    }

    private DlaClassifyingTransformer Scorer(byte[] model, string name, bool hasTextLabels) => new(ClassifyingModel.Open(
        ModelSource.FromBytes(model, name), ScoringOptions(name) with { TextLabelColumnName = hasTextLabels ? _options.LabelColumnName : null }));

    private DlaClassifierOptions ScoringOptions(string file) => new()
    {
        ModelPath = file,
        InputColumnName = _options.FeatureColumnName,
        ScoreColumnName = _options.ScoreColumnName,
        PredictedLabelColumnName = _options.PredictedLabelColumnName,
        Context = _context,
    };
}
