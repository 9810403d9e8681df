using Microsoft.ML;

namespace Dla.MLNet.Tests;

/// <summary>Columns of another schema, with an index that is beyond this one's or belongs to another column here.</summary>
public sealed class ForeignColumnTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(2);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("classify")]
    [InlineData("classify, nothing of it asked for")]
    [InlineData("labels")]
    public void A_column_of_another_schema_is_out_of_range_wherever_it_is_named(string kind)
    {
        var rows = _ml.Data.LoadFromEnumerable(_images.Rows);
        ITransformer model = kind == "labels" ? _ml.Transforms.MapLabels(DlaModelCard.Load(TinyModel.Path)!).Fit(rows)
            : _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(rows);
        var view = model.Transform(rows);
        var asked = kind.Contains("nothing", StringComparison.Ordinal) ? view.Schema.Take(1).ToArray() : [.. view.Schema];
        var other = _ml.Data.LoadFromEnumerable(new[] { new ManyColumns() }).Schema;
        foreach (var column in (DataViewSchema.Column[])[other[1], other[^1]])
        {
            using var cursor = view.GetRowCursor(asked);
            Refused(() => cursor.IsColumnActive(column));
            Refused(() => cursor.GetGetter<int>(column));
            Refused(() => view.GetRowCursor([column]));
            Refused(() => view.GetRowCursorSet([column], 1));
            var mapper = model.GetRowToRowMapper(rows.Schema);
            Refused(() => mapper.GetDependencies([column]));
            using var source = rows.GetRowCursor(rows.Schema);
            Refused(() => mapper.GetRow(source, [column]));
            using var row = mapper.GetRow(source, asked);
            Refused(() => row.IsColumnActive(column));
            Refused(() => row.GetGetter<int>(column));
        }
        (model as IDisposable)?.Dispose();
    }

    private static void Refused(Func<object> action) => Assert.Throws<ArgumentOutOfRangeException>(action);
}
