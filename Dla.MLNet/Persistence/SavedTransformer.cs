using System.Security.Cryptography;
using Dla.MLNet.Bridge;
using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>Saves this library's transformers with ML.NET's models and reads them again. The bridge makes it by its name.</summary>
internal sealed class SavedTransformer : ISavedModelReader
{
    public static void Save(ModelSaveContext context, DlaPreprocessorOptions options) =>
        SavedModel.Save(context, (Header("preprocess", options, options.OutputColumnName) with { Preprocessing = options.Preprocessing }).ToJson(), null);

    public static void Save(ModelSaveContext context, DlaLabelOptions options) => SavedModel.Save(context, new SavedHeader
    {
        Kind = "labels",
        InputColumnName = options.InputColumnName,
        OutputColumnName = options.OutputColumnName,
        ClassNames = options.ClassNames,
        UnknownLabel = options.UnknownLabel,
    }.ToJson(), null);

    public static void Save(ModelSaveContext context, DlaClassifierOptions options, ScoringModel model) =>
        Save(context, model, Header("classify", options, model, options.ScoreColumnName) with
    {
        PredictedLabelColumnName = options.PredictedLabelColumnName,
        TextLabelColumnName = options.TextLabelColumnName,
        ClassNames = options.ClassNames,
    });

    public static void Save(ModelSaveContext context, DlaFeaturizerOptions options, ScoringModel model) =>
        Save(context, model, Header("featurize", options, model, options.OutputColumnName));

    public ITransformer Read(string header, Stream? payload, ContextEnvironment context)
    {
        var saved = SavedHeader.Parse(header);
        var loading = new PipelineContext(context);
        try
        {
            return saved.Kind switch
            {
                "preprocess" => new DlaPreprocessingTransformer(PreprocessorOptions(saved) with { Context = loading }),
                "classify" => new DlaClassifyingTransformer(ClassifyingModel.Open(Source(saved, payload),
                    ClassifierOptions(saved) with { Context = loading })),
                "featurize" => new DlaFeaturizingTransformer(FeaturizingModel.Open(Source(saved, payload),
                    FeaturizerOptions(saved) with { Context = loading })),
                "labels" => new DlaLabelTransformer(LabelOptions(saved)),
                _ => throw new FormatException($"The saved model is of the kind '{saved.Kind}', " +
                    "which this version of Dla.MLNet does not know. Update the package."),
            };
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"The saved model is damaged: {e.Message} Save it again.", e);
        }
    }

    private static void Save(ModelSaveContext context, ScoringModel model, SavedHeader header)
    {
        if (model.Outline.HasExternalWeights)
            throw new NotSupportedException($"'{model.Source.Name}' keeps weights in another file beside it, " +
                "so it cannot be saved inside an ML.NET model. Export it as one file.");
        using var lease = model.Use();
        SavedModel.Save(context, (header with { ModelHash = model.Source.Hash(), ModelBytes = model.Source.Length }).ToJson(), model.Source.CopyTo);
    }

    private static SavedHeader Header(string kind, ImageReadingOptions options, string outputColumnName) => new()
    {
        Kind = kind,
        InputColumnName = options.InputColumnName,
        OutputColumnName = outputColumnName,
        ImageErrorColumnName = options.ImageErrorColumnName,
        OnBadImage = options.OnBadImage,
        ImageFolder = options.ImageFolder,
        MaxPixels = options.MaxPixels,
        Parallelism = options.Parallelism == Environment.ProcessorCount ? null : options.Parallelism,
    };

    private static SavedHeader Header(string kind, DlaScoringOptions options, ScoringModel model, string outputColumnName) =>
        Header(kind, options, outputColumnName) with
    {
        Preprocessing = model.Preprocessing,
        Device = options.Device,
        FallbackToCpu = options.FallbackToCpu ? true : null,
        BatchSize = options.BatchSize,
        Mode = options.Mode,
        ModelPath = Path.GetFileName(model.Source.Name),
    };

    /// <summary>The saved ONNX model. It is compared with what was saved before it is read into memory.</summary>
    private static ModelSource Source(SavedHeader saved, Stream? payload)
    {
        if (payload is null) throw new FormatException("The saved model is damaged: the ONNX model is absent. Save it again.");
        if ((saved.ModelBytes is { } length && payload.Length != length)
            || (saved.ModelHash is { } hash && Convert.ToHexStringLower(SHA256.HashData(payload)) != hash))
            throw new FormatException("The saved model is damaged: its ONNX model is not the one that was saved. Save it again.");
        payload.Position = 0;
        var bytes = new byte[payload.Length];
        payload.ReadExactly(bytes);
        return ModelSource.FromBytes(bytes, saved.ModelPath ?? "Model.onnx");
    }

    private static DlaPreprocessorOptions PreprocessorOptions(SavedHeader saved) => new()
    {
        InputColumnName = saved.InputColumnName,
        OutputColumnName = saved.OutputColumnName,
        ImageErrorColumnName = saved.ImageErrorColumnName,
        OnBadImage = saved.OnBadImage,
        ImageFolder = saved.ImageFolder,
        MaxPixels = saved.MaxPixels,
        Parallelism = saved.Parallelism ?? Environment.ProcessorCount,
        Preprocessing = saved.Preprocessing ?? throw new FormatException("The saved model is damaged: its preprocessing is absent. Save it again."),
    };

    private static DlaLabelOptions LabelOptions(SavedHeader saved) => new()
    {
        InputColumnName = saved.InputColumnName,
        OutputColumnName = saved.OutputColumnName,
        ClassNames = saved.ClassNames ?? throw new FormatException("The saved model is damaged: its class names are absent. Save it again."),
        UnknownLabel = saved.UnknownLabel ?? UnknownLabelHandling.Throw,
    };

    private static DlaClassifierOptions ClassifierOptions(SavedHeader saved)
    {
        var options = new DlaClassifierOptions { ModelPath = saved.ModelPath ?? "Model.onnx", ClassNames = saved.ClassNames,
            ScoreColumnName = saved.OutputColumnName };
        options = Restored(options, saved);
        return options with
        {
            PredictedLabelColumnName = saved.PredictedLabelColumnName ?? options.PredictedLabelColumnName,
            TextLabelColumnName = saved.TextLabelColumnName,
        };
    }

    private static DlaFeaturizerOptions FeaturizerOptions(SavedHeader saved) =>
        Restored(new DlaFeaturizerOptions { ModelPath = saved.ModelPath ?? "Model.onnx", OutputColumnName = saved.OutputColumnName }, saved);

    private static T Restored<T>(T options, SavedHeader saved) where T : DlaScoringOptions => (T)(options with
    {
        InputColumnName = saved.InputColumnName,
        ImageErrorColumnName = saved.ImageErrorColumnName,
        OnBadImage = saved.OnBadImage,
        ImageFolder = saved.ImageFolder,
        MaxPixels = saved.MaxPixels,
        Parallelism = saved.Parallelism ?? Environment.ProcessorCount,
        Preprocessing = saved.Preprocessing,
        Device = saved.Device,
        FallbackToCpu = saved.FallbackToCpu ?? false,
        BatchSize = saved.BatchSize ?? options.BatchSize,
        Mode = saved.Mode ?? options.Mode,
    });
}
