using System.Security.Cryptography;
using Dla.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune;

/// <summary>Labelled image files.</summary>
internal abstract class ImageFiles(string name, IReadOnlyList<string> classNames, string[] paths, int[] labels, IReadOnlyList<string> notes) : ImageDataset
{
    public override string Name => name;

    public override IReadOnlyList<string> Notes => notes;

    public override IReadOnlyList<string> ClassNames => classNames;

    public override int Count => paths.Length;

    public override string ImageColumnName => ImagePathColumn;

    public override int Label(int index)
    {
        CheckIndex(index);
        return labels[index];
    }

    public override string Describe(int index)
    {
        CheckIndex(index);
        return paths[index];
    }

    public override ReadOnlyMemory<byte> ReadEncoded(int index)
    {
        CheckIndex(index);
        ImageFile.RequireRegular(paths[index]);
        return File.ReadAllBytes(paths[index]);
    }

    internal override void AppendTo(IncrementalHash hash, int index) => AppendFile(hash, paths[index]);

    internal override IDataView Rows(MLContext ml, IEnumerable<int> chosen) =>
        ml.Data.LoadFromEnumerable(chosen.Select(i => new Row { ImagePath = paths[i], Label = classNames[labels[i]] }));

    private sealed class Row
    {
        [ColumnName(ImagePathColumn)] public string ImagePath { get; set; } = "";

        [ColumnName(LabelColumn)] public string Label { get; set; } = "";
    }
}
