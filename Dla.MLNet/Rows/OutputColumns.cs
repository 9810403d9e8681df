using System.Globalization;
using Dla.MLNet.Bridge;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>The columns that an estimator of this library adds: a vector, perhaps the best class, perhaps the reason why an image is missing.</summary>
/// <param name="Vector">Name and type of the vector. A vector of one dimension that holds no classes has its slots numbered from 0.</param>
/// <param name="ClassNames">The names of the vector's slots, or <see langword="null"/> where they are not classes.</param>
/// <param name="Label">Name of the key column, with <paramref name="ClassNames"/>.</param>
/// <param name="Error">Name of the text column of reasons, or <see langword="null"/>.</param>
internal sealed record OutputColumns((string Name, VectorDataViewType Type) Vector, IReadOnlyList<string>? ClassNames, string? Label, string? Error)
{
    /// <summary>Adds the columns to a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="set">The number that ML.NET knows the classes' columns by.</param>
    public void AddTo(DataViewSchema.Builder schema, uint set)
    {
        if (ClassNames is { } names)
        {
            var getNames = Names(names);
            var score = Kinds("Score", set);
            foreach (var kind in (string[])["SlotNames", "TrainingLabelValues"]) score.Add(kind, getNames.Type, getNames.Getter);
            schema.AddColumn(Vector.Name, Vector.Type, score.ToAnnotations());
            var label = Kinds("PredictedLabel", set);
            label.Add("KeyValues", getNames.Type, getNames.Getter);
            schema.AddColumn(Label!, new KeyDataViewType(typeof(uint), names.Count), label.ToAnnotations());
        }
        else
        {
            var slots = new DataViewSchema.Annotations.Builder();
            if (Vector.Type.Dimensions is [var length])
            {
                var getNames = Names([.. Enumerable.Range(0, length).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
                slots.Add("SlotNames", getNames.Type, getNames.Getter);
            }
            schema.AddColumn(Vector.Name, Vector.Type, slots.ToAnnotations());
        }
        if (Error is not null) schema.AddColumn(Error, TextDataViewType.Instance);
    }

    /// <summary>The shape of data with these columns added, which hide those of the same names.</summary>
    public SchemaShape AddTo(SchemaShape input)
    {
        var schema = new DataViewSchema.Builder();
        AddTo(schema, set: 1);   // a shape does not tell the number
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

    private static (VectorDataViewType Type, ValueGetter<VBuffer<ReadOnlyMemory<char>>> Getter) Names(IReadOnlyList<string> names)
    {
        var values = names.Select(n => n.AsMemory()).ToArray();
        return (new VectorDataViewType(TextDataViewType.Instance, values.Length), (ref VBuffer<ReadOnlyMemory<char>> value) => Copy(values, ref value));
    }

    /// <summary>What ML.NET's own scorers say about their columns.</summary>
    private static DataViewSchema.Annotations.Builder Kinds(string value, uint set)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(ScoreColumnSets.Annotation, ScoreColumnSets.Type, (ref uint number) => number = set);
        annotations.Add("ScoreColumnKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> text) => text = "MulticlassClassification".AsMemory());
        annotations.Add("ScoreValueKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> text) => text = value.AsMemory());
        return annotations;
    }

    private static void Copy<T>(T[] values, ref VBuffer<T> result)
    {
        var editor = VBufferEditor.Create(ref result, values.Length);
        values.CopyTo(editor.Values);
        result = editor.Commit();
    }
}
