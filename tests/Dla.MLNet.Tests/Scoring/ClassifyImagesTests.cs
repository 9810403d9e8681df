using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class ClassifyImagesTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(23);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Scores_come_in_the_order_of_the_rows_and_equal_those_of_a_plain_session(int parallelism)
    {
        using var model = _ml.Transforms.ClassifyImages(new DlaClassifierOptions { ModelPath = TinyModel.Path, Parallelism = parallelism }).Fit(Data());
        var rows = Read(model.Transform(Data()));
        Assert.Equal(Enumerable.Range(0, 23), rows.Select(r => r.Number));
        Assert.All(rows, r => AssertClose(TinyModel.Probabilities(TestImages.Png(r.Number)), r.Score));
        Assert.All(rows, r => Assert.Equal(r.Score.IndexOf(r.Score.Max()) + 1, (int)r.PredictedLabel));
        Assert.True(rows.Select(r => string.Join(',', r.Score)).Distinct().Count() > 20, "the pictures must tell rows apart");
    }

    [Fact]
    public void Bytes_and_images_give_the_same_scores_as_paths()
    {
        var bytes = _ml.Data.LoadFromEnumerable(_images.Files.Select((f, i) => new BytesRow { Image = File.ReadAllBytes(f), Number = i }));
        using var fromBytes = _ml.Transforms.ClassifyImages(TinyModel.Path, "Image").Fit(bytes);
        using var fromPaths = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(Data());
        var fromImages = _ml.Transforms.LoadImages("Image", null, "ImagePath").Append(_ml.Transforms.ClassifyImages(TinyModel.Path, "Image")).Fit(Data());
        var expected = Read(fromPaths.Transform(Data()));
        foreach (var scored in (IDataView[])[fromBytes.Transform(bytes), fromImages.Transform(Data())])
            Assert.Equal(expected.Select(r => r.Score), Read(scored).Select(r => r.Score));
    }

    [Theory]
    [InlineData("tiny-probabilities.onnx")]
    [InlineData("tiny-bytes.onnx")]
    [InlineData("tiny-batch4.onnx")]
    public void Models_with_other_inputs_and_outputs_give_the_same_scores(string name)
    {
        using var model = _ml.Transforms.ClassifyImages(TinyModel.File(name)).Fit(Data());
        var rows = Read(model.Transform(Data()));
        Assert.Equal(23, rows.Count);
        Assert.All(rows, r => AssertClose(TinyModel.Probabilities(TestImages.Png(r.Number)), r.Score));
    }

    [Fact]
    public void Evaluate_counts_top_1_and_top_5_in_a_chain()
    {
        var labels = _ml.Data.LoadFromEnumerable(TinyModel.ClassNames.Select(n => new { Label = n }));
        var chain = _ml.Transforms.Conversion.MapValueToKey("Label", keyData: labels)
            .Append(_ml.Transforms.ClassifyImages(TinyModel.Path))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedName", "PredictedLabel"))
            .Fit(Data());
        var scored = chain.Transform(Data());
        var metrics = _ml.MulticlassClassification.Evaluate(scored, topKPredictionCount: 5);
        var right = Read(scored).Count(r => r.PredictedName == TinyModel.ClassNames[r.Number % TinyModel.Classes]);
        Assert.Equal(right / 23.0, metrics.MicroAccuracy, 6);
        Assert.Equal(1, metrics.TopKAccuracy, 6);
        Assert.Equal(TinyModel.Classes, metrics.ConfusionMatrix.NumberOfClasses);
    }

    [Fact]
    public void A_prediction_engine_gives_the_scores_of_the_data_set()
    {
        var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedName", "PredictedLabel"))
            .Fit(Data());
        var expected = Read(model.Transform(Data()));
        using var engine = _ml.Model.CreatePredictionEngine<PathRow, ScoreRow>(model);
        foreach (var row in _images.Rows)
        {
            var prediction = engine.Predict(row);
            AssertClose(expected[row.Number].Score, prediction.Score);
            Assert.Equal(expected[row.Number].PredictedName, prediction.PredictedName);
        }
    }

    [Fact]
    public void The_output_columns_say_which_classes_they_hold()
    {
        using var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(Data());
        var schema = model.GetOutputSchema(Data().Schema);
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Score"].GetSlotNames(ref names);
        Assert.Equal(TinyModel.ClassNames, names.DenseValues().Select(n => n.ToString()));
        schema["PredictedLabel"].GetKeyValues(ref names);
        Assert.Equal(TinyModel.ClassNames, names.DenseValues().Select(n => n.ToString()));
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, TinyModel.Classes), schema["Score"].Type);
        Assert.Equal(new KeyDataViewType(typeof(uint), TinyModel.Classes), schema["PredictedLabel"].Type);
    }

    private IDataView Data() => _ml.Data.LoadFromEnumerable(_images.Rows);

    private List<ScoreRow> Read(IDataView data) => [.. _ml.Data.CreateEnumerable<ScoreRow>(data, reuseRowObject: false, ignoreMissingColumns: true)];

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 5e-5f);
    }
}
