using Dla.MLNet.Bridge;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>The columns that an estimator of this library adds: a vector, perhaps the best class, perhaps the reason why an image is missing.</summary>
/// <param name="Vector">Name and type of the vector.</param>
/// <param name="ClassNames">The names of the vector's slots, or <see langword="null"/> where they are not classes.</param>
/// <param name="Label">Name of the key column, with <paramref name="ClassNames"/>.</param>
/// <param name="Error">Name of the text column of reasons, or <see langword="null"/>.</param>
internal sealed record OutputColumns((string Name, VectorDataViewType Type) Vector, IReadOnlyList<string>? ClassNames, string? Label, string? Error)
{
    /// <summary>Adds the columns to a schema.</summary>
    public void AddTo(DataViewSchema.Builder schema)
    {
        if (ClassNames is { } names)
        {
            var text = new VectorDataViewType(TextDataViewType.Instance, names.Count);
            var values = names.Select(n => n.AsMemory()).ToArray();
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getNames = (ref VBuffer<ReadOnlyMemory<char>> value) => Copy(values, ref value);
            var score = new DataViewSchema.Annotations.Builder();
            score.Add("SlotNames", text, getNames);
            AddKind(score, "Score");
            schema.AddColumn(Vector.Name, Vector.Type, score.ToAnnotations());
            var label = new DataViewSchema.Annotations.Builder();
            label.Add("KeyValues", text, getNames);
            AddKind(label, "PredictedLabel");
            schema.AddColumn(Label!, new KeyDataViewType(typeof(uint), names.Count), label.ToAnnotations());
        }
        else
        {
            schema.AddColumn(Vector.Name, Vector.Type);
        }
        if (Error is not null) schema.AddColumn(Error, TextDataViewType.Instance);
    }

    /// <summary>The shape of data with these columns added, which hide those of the same names.</summary>
    public SchemaShape AddTo(SchemaShape input)
    {
        var schema = new DataViewSchema.Builder();
        AddTo(schema);
        var outputs = SchemaShapes.Of(schema.ToSchema());
        return new SchemaShape([.. input.Where(c => outputs.All(o => o.Name != c.Name)), .. outputs]);
    }

    /// <summary>Whether columns are asked for that the vector is needed for: all but the reasons.</summary>
    /// <param name="active">Which of these columns are asked for.</param>
    public bool AreComputed(ReadOnlySpan<bool> active) => (Error is null ? active : active[..^1]).Contains(true);

    /// <summary>The columns' getters, in order.</summary>
    public IEnumerable<Delegate> Getters(Func<ImageResult> current)
    {
        yield return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(current().Values, ref value));
        if (ClassNames is not null)
            yield return (ValueGetter<uint>)((ref uint value) => value = current() is { Error: null } result ? (uint)(result.Best + 1) : 0);
        if (Error is not null)
            yield return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = current().Error?.Message.AsMemory() ?? default);
    }

    private static void AddKind(DataViewSchema.Annotations.Builder annotations, string value)
    {
        annotations.Add("ScoreColumnKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> text) => text = "MulticlassClassification".AsMemory());
        annotations.Add("ScoreValueKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> text) => text = value.AsMemory());
    }

    private static void Copy<T>(T[] values, ref VBuffer<T> result)
    {
        var editor = VBufferEditor.Create(ref result, values.Length);
        values.CopyTo(editor.Values);
        result = editor.Commit();
    }
}
