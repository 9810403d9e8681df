using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class AnnotationTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(20);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Scores_carry_the_annotations_that_those_of_stock_trainers_carry()
    {
        var featurized = _ml.Transforms.FeaturizeImages(TinyModel.Path).Append(_ml.Transforms.Conversion.MapValueToKey("Label")).Fit(Rows()).Transform(Rows());
        var stock = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(featureColumnName: "Embedding").Fit(featurized).Transform(featurized).Schema;
        using var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(Rows());
        var ours = model.Transform(Rows()).Schema;
        foreach (var name in (string[])["Score", "PredictedLabel"])
            Assert.Equal(Kinds(stock[name]).Where(k => k != "TrainingLabelValues String" || name == "Score"), Kinds(ours[name]));
        Assert.Equal(TinyModel.ClassNames, Texts(ours["Score"], "TrainingLabelValues"));
        Assert.Equal(TinyModel.ClassNames, Texts(ours["Score"], "SlotNames"));
    }

    [Fact]
    public void Each_classifier_of_a_pipeline_has_a_number_of_its_own()
    {
        var second = new DlaClassifierOptions { ModelPath = TinyModel.Path, ScoreColumnName = "Score2", PredictedLabelColumnName = "PredictedLabel2" };
        var schema = _ml.Transforms.ClassifyImages(TinyModel.Path).Append(_ml.Transforms.ClassifyImages(second)).Fit(Rows()).Transform(Rows()).Schema;
        Assert.Equal([1u, 1u, 2u, 2u], ((string[])["Score", "PredictedLabel", "Score2", "PredictedLabel2"]).Select(n => Set(schema[n])));
    }

    [Fact]
    public void ML_NET_reports_the_importance_of_the_parts_of_an_embedding_by_name()
    {
        var featurized = _ml.Data.Cache(_ml.Transforms.FeaturizeImages(TinyModel.Path).Append(_ml.Transforms.Conversion.MapValueToKey("Label"))
            .Fit(Rows()).Transform(Rows()));
        ITransformer model = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(featureColumnName: "Embedding").Fit(featurized);
        var importance = _ml.MulticlassClassification.PermutationFeatureImportance(model, featurized);
        Assert.Equal(Enumerable.Range(0, TinyModel.EmbeddingLength).Select(i => $"{i}").Order(StringComparer.Ordinal),
            importance.Keys.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Kinds(DataViewSchema.Column column) =>
        column.Annotations.Schema.Select(a => $"{a.Name} {a.Type.RawType.Name.Split('`')[0]}").Order(StringComparer.Ordinal);

    private static uint Set(DataViewSchema.Column column)
    {
        var set = 0u;
        column.Annotations.GetValue("ScoreColumnSetId", ref set);
        return set;
    }

    private static IEnumerable<string> Texts(DataViewSchema.Column column, string annotation)
    {
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.Annotations.GetValue(annotation, ref texts);
        return texts.DenseValues().Select(t => t.ToString());
    }

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(_images.Rows);
}
