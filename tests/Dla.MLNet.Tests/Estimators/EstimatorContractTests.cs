using Microsoft.ML;
using Microsoft.ML.Transforms.Image;

namespace Dla.MLNet.Tests;

/// <summary>What ML.NET asks of every estimator, for each option, kind of image column and chain that changes how rows are read.</summary>
public sealed class EstimatorContractTests : IDisposable
{
    private const string Image = "Image";
    private const string ImagePath = "ImagePath";

    private static readonly ImagePreprocessing Small = new() { ResizeShortSide = 40, CropSize = 32 };

    private static readonly Dictionary<string, Func<MLContext, IEstimator<ITransformer>>> OnPaths = new()
    {
        ["renamed columns"] = ml => ml.Transforms.ClassifyImages(
            Options with { ScoreColumnName = "S", PredictedLabelColumnName = "P", ImageErrorColumnName = "E" }),
        ["errors as a column, no bad image"] = ml => ml.Transforms.ClassifyImages(Options with { OnBadImage = BadImageHandling.Missing }),
        ["latency"] = ml => ml.Transforms.ClassifyImages(Options with { Mode = ScoringMode.Latency }),
        ["one image at a time"] = ml => ml.Transforms.ClassifyImages(Options with { Parallelism = 1 }),
        ["int8"] = ml => ml.Transforms.ClassifyImages(TinyModel.File("tiny-int8.onnx")),
        ["batches of four"] = ml => ml.Transforms.ClassifyImages(TinyModel.File("tiny-batch4.onnx")),
        ["input of bytes"] = ml => ml.Transforms.ClassifyImages(TinyModel.File("tiny-bytes.onnx")),
        ["embedding"] = ml => ml.Transforms.FeaturizeImages(TinyModel.Path),
        ["embedding, errors as a column"] = ml => ml.Transforms.FeaturizeImages(
            new DlaFeaturizerOptions { ModelPath = TinyModel.Path, OnBadImage = BadImageHandling.Missing }),
        ["pixels"] = ml => ml.Transforms.PreprocessImages("Pixels", ImagePath, Small),
        ["pixels, errors as a column"] = ml => ml.Transforms.PreprocessImages(
            new DlaPreprocessorOptions { Preprocessing = Small, OnBadImage = BadImageHandling.Missing }),
        ["gray pixels"] = ml => ml.Transforms.PreprocessImages("Pixels", ImagePath, Small with { Mean = [0.5f], Std = [0.5f] }),
        ["labels and classes"] = ml => ml.Transforms.ClassifyImages(TinyModel.Path).Append(ml.Transforms.MapLabels(Card)),
        ["two classifiers"] = ml => ml.Transforms.ClassifyImages(TinyModel.Path).Append(ml.Transforms.ClassifyImages(
            Options with { ScoreColumnName = "S", PredictedLabelColumnName = "P" })),
    };

    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(6);

    private static DlaClassifierOptions Options => new() { ModelPath = TinyModel.Path };

    private static DlaModelCard Card => DlaModelCard.Load(TinyModel.Path)!;

    public static TheoryData<string> PathCases => [.. OnPaths.Keys];

    public void Dispose() => _images.Dispose();

    [Theory]
    [MemberData(nameof(PathCases))]
    public void A_column_of_paths_is_read_as_ML_NET_asks(string name) =>
        EstimatorChecks.Run(OnPaths[name](_ml), Paths, [.. ImageColumnsThatAreRefused(ImagePath)]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_column_of_files_is_read_as_ML_NET_asks(bool loadedByMLNet)
    {
        var files = loadedByMLNet ? _ml.Transforms.LoadRawImageBytes(Image, null, ImagePath).Fit(Paths).Transform(Paths)
            : _ml.Data.LoadFromEnumerable(_images.Files.Select((f, i) => new BytesRow { Image = File.ReadAllBytes(f), Number = i }));
        EstimatorChecks.Run(_ml.Transforms.ClassifyImages(TinyModel.Path, Image), files, [.. ImageColumnsThatAreRefused(Image)]);
        EstimatorChecks.Run(_ml.Transforms.FeaturizeImages(TinyModel.Path, "Embedding", Image), files, [.. ImageColumnsThatAreRefused(Image)]);
        EstimatorChecks.Run(_ml.Transforms.PreprocessImages("Pixels", Image, Small), files, [.. ImageColumnsThatAreRefused(Image)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_column_of_images_is_read_as_ML_NET_asks(bool resizedAndGray)
    {
        IEstimator<ITransformer> load = _ml.Transforms.LoadImages(Image, null, ImagePath);
        if (resizedAndGray)
        {
            load = load.Append(_ml.Transforms.ResizeImages(Image, 48, 40, resizing: ImageResizingEstimator.ResizingKind.Fill))
                .Append(_ml.Transforms.ConvertToGrayscale(Image));
        }
        EstimatorChecks.Run(_ml.Transforms.ClassifyImages(TinyModel.Path, Image), load.Fit(Paths).Transform(Paths),
            [.. ImageColumnsThatAreRefused(Image)]);
    }

    [Theory]
    [InlineData(false, UnknownLabelHandling.Throw)]
    [InlineData(true, UnknownLabelHandling.Throw)]
    [InlineData(false, UnknownLabelHandling.Missing)]
    public void Labels_of_text_and_keys_are_mapped_as_ML_NET_asks(bool keys, UnknownLabelHandling unknown)
    {
        var data = keys ? _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Paths).Transform(Paths) : Paths;
        EstimatorChecks.Run(_ml.Transforms.MapLabels(Card, unknown: unknown), data, [.. LabelColumnsThatAreRefused()]);
    }

    private IDataView Paths => _ml.Data.LoadFromEnumerable(_images.Rows);

    /// <summary>No such column, and one of a number, of a key, of a vector of texts, and of a single byte.</summary>
    private IEnumerable<IDataView> ImageColumnsThatAreRefused(string column)
    {
        var data = _ml.Data.LoadFromEnumerable([new { Number = 1f, Text = "a", Texts = new[] { "a", "b" }, Byte = (byte)1 }]);
        yield return data;
        yield return Copy(data, "Number", column);
        yield return _ml.Transforms.Conversion.MapValueToKey(column, "Text").Fit(data).Transform(data);
        yield return Copy(data, "Texts", column);
        yield return Copy(data, "Byte", column);
    }

    /// <summary>No such column, and one of keys whose values are numbers, of a vector of texts, and of a vector of keys.</summary>
    private IEnumerable<IDataView> LabelColumnsThatAreRefused()
    {
        var data = _ml.Data.LoadFromEnumerable([new { Number = 1f, Texts = new[] { "a", "b" } }]);
        yield return data;
        yield return _ml.Transforms.Conversion.MapValueToKey("Label", "Number").Fit(data).Transform(data);
        yield return Copy(data, "Texts", "Label");
        yield return _ml.Transforms.Conversion.MapValueToKey("Label", "Texts").Fit(data).Transform(data);
    }

    private IDataView Copy(IDataView data, string from, string to) => _ml.Transforms.CopyColumns(to, from).Fit(data).Transform(data);
}
