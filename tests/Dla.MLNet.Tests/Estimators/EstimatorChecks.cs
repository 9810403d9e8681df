using Dla.MLNet.Bridge;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

/// <summary>
/// What every estimator of ML.NET must keep to: the promises of its schema, of its rejections, of saving and loading, and of its ways to read rows.
/// </summary>
internal static class EstimatorChecks
{
    /// <param name="estimator">The estimator.</param>
    /// <param name="valid">Data that it takes.</param>
    /// <param name="invalid">Data that it must refuse: the input column absent, or of a wrong type.</param>
    public static void Run(IEstimator<ITransformer> estimator, IDataView valid, params IDataView[] invalid)
    {
        var ml = new MLContext(seed: 1);
        var transformer = estimator.Fit(valid);
        Assert.Equal(Describe(SchemaShapes.Of(transformer.GetOutputSchema(valid.Schema))), Describe(estimator.GetOutputSchema(SchemaShapes.Of(valid.Schema))));

        using var zip = new MemoryStream();
        ml.Model.Save(transformer, valid.Schema, zip);
        zip.Position = 0;
        var loaded = new MLContext().Model.Load(zip, out var loadedSchema);
        // ML.NET does not write columns of images into a saved schema.
        Assert.Equal(valid.Schema.Where(c => c.Type.RawType != typeof(MLImage)).Select(c => (c.Name, c.Type)), loadedSchema.Select(c => (c.Name, c.Type)));

        foreach (var data in invalid)
        {
            Refuses(estimator, data);
            foreach (var either in (ITransformer[])[transformer, loaded])
            {
                MustRefuse(() => either.GetOutputSchema(data.Schema));
                MustRefuse(() => either.Transform(data));
                MustRefuse(() => either.GetRowToRowMapper(data.Schema));
            }
        }

        var expected = Describe(transformer.GetOutputSchema(valid.Schema));
        var rows = Read(transformer.Transform(valid));
        Assert.NotEmpty(rows);
        Assert.Equal(rows.Count, rows.Select(r => r[^1]).Distinct().Count());   // the ids
        foreach (var either in (ITransformer[])[transformer, loaded])
        {
            Assert.True(either.IsRowToRowMapper);
            var mapper = either.GetRowToRowMapper(valid.Schema);
            Assert.Same(valid.Schema, mapper.InputSchema);
            Assert.Equal(expected, Describe(mapper.OutputSchema));
            Assert.Equal(expected, Describe(either.GetOutputSchema(valid.Schema)));
            var view = either.Transform(valid);
            Assert.Equal(expected, Describe(view.Schema));
            Assert.Equal(rows, Read(view));
            Assert.Equal(rows, ReadMapped(mapper, valid));
            foreach (var column in view.Schema)
                Assert.Equal(rows.Select(r => (r[column.Index], r[^1])), Read(view, column).Select(r => (r[column.Index], r[^1])));
            using (var cursor = view.GetRowCursor(view.Schema)) Assert.Same(view.Schema, cursor.Schema);
            Assert.All(mapper.GetDependencies(mapper.OutputSchema), c => Assert.Equal(c, valid.Schema[c.Index]));
            _ = Assert.ThrowsAny<Exception>(() => ReadAs<DateTime>(view));
        }
        (loaded as IDisposable)?.Dispose();
        (transformer as IDisposable)?.Dispose();
    }

    /// <summary>What cannot be fitted is refused before, too: else everything before it in a pipeline is fitted in vain.</summary>
    /// <param name="estimator">The estimator.</param>
    /// <param name="data">Data that lacks a column, or has one of a wrong type.</param>
    public static void Refuses(IEstimator<ITransformer> estimator, IDataView data)
    {
        MustRefuse(() => estimator.GetOutputSchema(SchemaShapes.Of(data.Schema)));
        MustRefuse(() => estimator.Fit(data));
    }

    private static void MustRefuse(Action action)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(action);
        Assert.Matches("There is no column '.*'; the data has|The column '.*' holds .* are expected", error.Message);
    }

    private static string Describe(SchemaShape shape) => string.Join('\n', shape.OrderBy(c => c.Name, StringComparer.Ordinal)
        .Select(c => $"{c.Name} {c.Kind} {c.ItemType} {c.IsKey} " +
            $"({string.Join(", ", c.Annotations.OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => $"{a.Name} {a.Kind} {a.ItemType} {a.IsKey}"))})"));

    private static string Describe(DataViewSchema schema) => string.Join('\n', schema.Select(c => $"{c.Index} {c.Name} {c.Type} " +
        $"hidden {c.IsHidden} ({string.Join(", ", c.Annotations.Schema.Select(a => $"{a.Name} {a.Type} {Names(c, a)}"))})"));

    /// <summary>The class names among a column's annotations.</summary>
    private static string Names(DataViewSchema.Column column, DataViewSchema.Column annotation)
    {
        if (annotation.Type is not VectorDataViewType { ItemType: TextDataViewType }) return "";
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(annotation.Name, ref names);
        return string.Join('|', names.DenseValues());
    }

    private static List<string[]> Read(IDataView view, params DataViewSchema.Column[] columns)
    {
        using var cursor = view.GetRowCursor(columns.Length == 0 ? view.Schema : columns);
        var (getters, id) = (Getters(cursor), cursor.GetIdGetter());
        var rows = new List<string[]>();
        while (cursor.MoveNext()) rows.Add([.. getters.Select(g => g()), Id(id)]);
        return rows;
    }

    private static List<string[]> ReadMapped(IRowToRowMapper mapper, IDataView source)
    {
        using var cursor = source.GetRowCursor(mapper.GetDependencies(mapper.OutputSchema).Concat(source.Schema).Distinct());
        using var row = mapper.GetRow(cursor, mapper.OutputSchema);
        var (getters, id) = (Getters(row), row.GetIdGetter());
        var rows = new List<string[]>();
        while (cursor.MoveNext()) rows.Add([.. getters.Select(g => g()), Id(id)]);
        return rows;
    }

    private static string Id(ValueGetter<DataViewRowId> getter)
    {
        DataViewRowId id = default;
        getter(ref id);
        return $"{id}";
    }

    private static void ReadAs<T>(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        cursor.GetGetter<T>(view.Schema[^1]);
    }

    private static Func<string>[] Getters(DataViewRow row) =>
        [.. row.Schema.Select(c => row.IsColumnActive(c) ? (Func<string>)typeof(EstimatorChecks).GetMethod(nameof(Getter),
            System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(c.Type.RawType).Invoke(null, [row, c])! : () => "")];

    private static Func<string> Getter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var (getter, value) = (row.GetGetter<T>(column), default(T)!);
        return () =>
        {
            getter(ref value);
            return value switch
            {
                VBuffer<float> v => string.Join(' ', v.DenseValues().Select(f => f.ToString("g4", System.Globalization.CultureInfo.InvariantCulture))),
                VBuffer<byte> v => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(v.DenseValues().ToArray())),
                MLImage image => $"{image.Width}×{image.Height} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(image.Pixels))}",
                _ => value?.ToString() ?? "",
            };
        };
    }
}
