using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class MapLabelsTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly DlaModelCard _card = DlaModelCard.Load(TinyModel.Path)!;

    [Fact]
    public void Keys_follow_the_order_of_the_model_and_not_that_of_the_data()
    {
        var data = Data("cat", "élan", "ant", "cat");
        var mapped = _ml.Transforms.MapLabels(_card).Fit(data).Transform(data);
        Assert.Equal([3u, 5u, 1u, 3u], mapped.GetColumn<uint>("Label"));
        VBuffer<ReadOnlyMemory<char>> names = default;
        mapped.Schema["Label"].GetKeyValues(ref names);
        Assert.Equal(TinyModel.ClassNames, names.DenseValues().Select(n => n.ToString()));
    }

    [Fact]
    public void Keys_of_another_order_are_matched_by_name()
    {
        var data = Data("dog", "bee", "dog");
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        Assert.Equal([1u, 2u, 1u], keyed.GetColumn<uint>("Label"));
        Assert.Equal([4u, 2u, 4u], _ml.Transforms.MapLabels(_card, "Class", "Label").Fit(keyed).Transform(keyed).GetColumn<uint>("Class"));
    }

    [Fact]
    public void A_missing_key_stays_missing()
    {
        var data = Data("ant", "unicorn");
        var known = _ml.Data.LoadFromEnumerable([new { Label = "ant" }]);
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label", keyData: known).Fit(data).Transform(data);
        Assert.Equal([1u, 0u], _ml.Transforms.MapLabels(_card).Fit(keyed).Transform(keyed).GetColumn<uint>("Label"));
    }

    [Fact]
    public void A_mapped_row_wants_the_schema_it_was_made_for_and_disposes_its_input()
    {
        var data = Data("ant");
        var mapper = _ml.Transforms.MapLabels(_card).Fit(data).GetRowToRowMapper(data.Schema);
        RowMappers.Check(mapper, data, Data("bee"));
    }

    [Fact]
    public void An_unknown_label_is_an_error_that_names_row_and_label_or_missing_on_request()
    {
        var data = Data("ant", "unicorn");
        var error = Assert.Throws<FormatException>(() => _ml.Transforms.MapLabels(_card).Fit(data).Transform(data).GetColumn<uint>("Label").ToList());
        Assert.Matches("Row 1.*'unicorn'.*5 classes.*ant", error.Message);
        Assert.Equal([1u, 0u], _ml.Transforms.MapLabels(_card, unknown: UnknownLabelHandling.Missing).Fit(data).Transform(data).GetColumn<uint>("Label"));
    }

    [Fact]
    public void A_name_that_two_classes_share_is_an_error_where_it_is_used()
    {
        var card = _card with { ClassNames = ["crane", "ant", "crane"] };
        var fine = Data("ant");
        Assert.Equal([2u], _ml.Transforms.MapLabels(card).Fit(fine).Transform(fine).GetColumn<uint>("Label"));
        var data = Data("crane");
        Assert.Contains("0, 2", Assert.Throws<FormatException>(() => _ml.Transforms.MapLabels(card).Fit(data).Transform(data).GetColumn<uint>("Label")
            .ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_without_class_names_is_refused() =>
        Assert.Contains("class names", Assert.Throws<ArgumentException>(() => _ml.Transforms.MapLabels(_card with { ClassNames = [] })).Message,
            StringComparison.Ordinal);

    private IDataView Data(params string[] labels) => _ml.Data.LoadFromEnumerable(labels.Select(l => new PathRow { Label = l }).ToList());
}
