using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

/// <summary>A column of every type that ML.NET knows.</summary>
public sealed class ManyColumns
{
    public string ImagePath { get; set; } = "";

    public sbyte I8 { get; set; }

    public byte U8 { get; set; }

    public short I16 { get; set; }

    public ushort U16 { get; set; }

    public int I32 { get; set; }

    public uint U32 { get; set; }

    public long I64 { get; set; }

    public ulong U64 { get; set; }

    public float F32 { get; set; }

    public double F64 { get; set; }

    public bool Truth { get; set; }

    public string Text { get; set; } = "";

    public DateTime Time { get; set; }

    public TimeSpan Span { get; set; }

    public DateTimeOffset Offset { get; set; }

    [KeyType(4)]
    public uint Key { get; set; }

    [VectorType(2)]
    public int[] Vector { get; set; } = [];

    [VectorType(2)]
    public string[] Texts { get; set; } = [];

    [VectorType]
    public float[] Variable { get; set; } = [];
}
