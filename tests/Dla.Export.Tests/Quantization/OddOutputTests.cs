using Dla.Export.Onnx;
using Dla.MLNet;
using Dla.Models;
using static Dla.Export.Onnx.OnnxGraphBuilder;
using DataType = Dla.Export.Onnx.TensorProto.Types.DataType;

namespace Dla.Export.Tests;

/// <summary>Models whose outputs or batch are none of a classifier's: a sentence that says so, before memory is taken.</summary>
public sealed class OddOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly DlaQuantizationOptions Options = new() { Preprocessing = new ImagePreprocessing { CropSize = 64, ResizeShortSide = 64 } };

    /// <summary>A classifier of eight classes, changed.</summary>
    private string Write(Action<ModelProto> change)
    {
        var g = new ForeignGraph();
        var x = g.Node("Flatten", [g.Node("GlobalAveragePool", [g.Relu(g.Conv("x.1", 3, 8))])]);
        var model = g.Model(g.Node("Gemm", [x, g.Weight(-1, 1, 8, 8)]), 17, "N", 8L);
        change(model);
        OnnxFile.Write(model, _folder.File("odd.onnx"));
        return _folder.File("odd.onnx");
    }

    private Exception Quantize(Action<ModelProto> change) =>
        Assert.ThrowsAny<Exception>(() => DlaQuantizer.Quantize(Write(change), _folder.File("int8.onnx"), CalibrationImages.Take(4), Options));

    private static void Cast(ModelProto model, DataType type)
    {
        var output = model.Graph.Output[0];
        model.Graph.Node.Add(new NodeProto { OpType = "Cast", Input = { output.Name }, Output = { "cast" }, Attribute = { Integer("to", (int)type) } });
        output.Name = "cast";
        output.Type.TensorType.ElemType = (int)type;
    }

    [Theory]
    [InlineData((int)DataType.Int64)]
    [InlineData((int)DataType.Double)]
    [InlineData((int)DataType.Float16)]
    [InlineData((int)DataType.String)]
    public void An_output_of_another_type_is_named(int type) => Assert.Contains($"'cast' as {(DataType)type}",
        Assert.IsType<NotSupportedException>(Quantize(m => Cast(m, (DataType)type))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_float_output_beside_one_of_another_type_serves()
    {
        var path = Write(m =>
        {
            var scores = m.Graph.Output[0].Clone();
            Cast(m, DataType.Int64);
            m.Graph.Output.Add(scores);
        });
        Assert.Equal(4, DlaQuantizer.Quantize(path, _folder.File("int8.onnx"), CalibrationImages.Take(4), Options).CalibrationImages);
    }

    [Fact]
    public void No_output_and_an_empty_output_are_said_to_be_so()
    {
        Assert.Contains("no outputs", Assert.IsType<NotSupportedException>(Quantize(m => m.Graph.Output.Clear())).Message, StringComparison.Ordinal);
        Assert.Contains("without values", Assert.IsType<NotSupportedException>(Quantize(m =>
        {
            m.Graph.Initializer.Add(OnnxTensors.Create("zero", (long[])[0], 1));
            m.Graph.Initializer.Add(OnnxTensors.Create("one", (long[])[1], 1));
            var output = m.Graph.Output[0];
            m.Graph.Node.Add(new NodeProto { OpType = "Slice", Input = { output.Name, "zero", "zero", "one" }, Output = { "none" } });
            (output.Name, output.Type.TensorType.Shape) = ("none", null);
        })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1L << 31)]
    [InlineData(1_000_000_000L)]
    [InlineData(long.MaxValue)]
    public void A_huge_batch_is_refused_before_memory_is_taken(long batch)
    {
        var error = Quantize(m => m.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new() { DimValue = batch });
        Assert.Contains("smaller batch", Assert.IsType<NotSupportedException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_cards_the_last_counts_and_one_is_written()
    {
        void Add(ModelProto model, string card) => model.MetadataProps.Add(new StringStringEntryProto { Key = DlaModelCard.MetadataKey, Value = card });
        const string preprocessing = "\"preprocessing\":{\"resizeShortSide\":64,\"cropSize\":64}";
        Assert.Contains("top1", Assert.IsType<FormatException>(Quantize(m =>
        {
            Add(m, $"{{{preprocessing}}}");
            Add(m, $"{{{preprocessing},\"training\":{{\"top1\":1e999}}}}");
        })).Message, StringComparison.Ordinal);
        var path = Write(m =>
        {
            Add(m, "{\"training\":{\"top1\":1e999}}");
            Add(m, $"{{{preprocessing},\"variant\":\"last\"}}");
        });
        DlaQuantizer.Quantize(path, _folder.File("int8.onnx"), CalibrationImages.Take(4));
        Assert.Equal("last", DlaModelCard.Load(_folder.File("int8.onnx"))!.Variant);
        Assert.Single(OnnxFile.Read(_folder.File("int8.onnx")).MetadataProps);
    }

    [Theory]
    [InlineData("Conv")]
    [InlineData("Gemm")]
    [InlineData("Relu")]
    public void A_node_without_its_inputs_or_outputs_is_damage(string type)
    {
        Assert.Contains("damaged", Assert.IsType<InvalidDataException>(Quantize(m => m.Graph.Node.First(n => n.OpType == type).Input.Clear())).Message,
            StringComparison.Ordinal);
        Assert.Contains("damaged", Assert.IsType<InvalidDataException>(Quantize(m => m.Graph.Node.First(n => n.OpType == type).Output.Clear())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Verification_says_which_outputs_it_found()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 8 });
        string Verify(Action<ModelProto> change) =>
            Assert.Throws<InvalidDataException>(() => DlaVerifier.Verify(Write(change), network, Options.Preprocessing!)).Message;
        Assert.Contains("no output of float32 numbers;", Verify(m => m.Graph.Output.Clear()), StringComparison.Ordinal);
        Assert.Contains("among cast", Verify(m => Cast(m, DataType.Int64)), StringComparison.Ordinal);
        Assert.Contains("among all", Verify(m =>
        {
            m.Graph.Node.Add(new NodeProto { OpType = "SequenceConstruct", Input = { m.Graph.Output[0].Name }, Output = { "all" } });
            m.Graph.Output.Clear();
            // field 4 of TypeProto, a sequence, which the reduced schema of this project does not name
            m.Graph.Output.Add(ValueInfoProto.Parser.ParseFrom([0x0A, 3, .. "all"u8, 0x12, 8, 0x22, 6, 0x0A, 4, 0x0A, 2, 8, 1]));
        }), StringComparison.Ordinal);
        Assert.Contains("smaller batch", Verify(m => m.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new() { DimValue = 1_000_000_000 }),
            StringComparison.Ordinal);
    }
}
