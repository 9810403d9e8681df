using System.Text;
using static Dla.MLNet.Tests.OnnxBytes;

namespace Dla.MLNet.Tests;

/// <summary>Models that are valid and unlike any classifier, or that are made to exhaust the stack, time or memory.</summary>
public sealed class OddModelTests : IDisposable
{
    private const int Limit = 300_000;   // wide, because other tests run at the same time

    private static readonly DlaClassifierOptions Options = new() { ModelPath = "odd.onnx",
        Preprocessing = new ImagePreprocessing { ResizeShortSide = 64, CropSize = 64 }, ClassNames = ["a", "b"] };

    private readonly string _folder = Directory.CreateTempSubdirectory("dla-odd-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A head on the average of features: logits = weight · mean, with the weight made by nodes in between.</summary>
    private static LinearHead Head(string weight, params byte[][] nodes)
    {
        byte[][] graph = [.. nodes, Initializer("w", [1, 2, 3, 4, 5, 6], 2, 3), Node("GlobalAveragePool", ["features"], "pooled"),
            Node("Flatten", ["pooled"], "flat"), Node("Gemm", ["flat", weight], "logits", Integer("transB", 1))];
        return LinearHead.Read(ModelSource.FromBytes(Model(graph), "odd"), "logits", "features");
    }

    private static byte[] Chain(string type, int length, params byte[][] attributes)
    {
        using var nodes = new MemoryStream();
        for (var i = 0; i < length; i++)
            nodes.Write(Node(type, [i == 0 ? "w" : $"n{i - 1}"], i < length - 1 ? $"n{i}" : "behind", attributes));
        return nodes.ToArray();
    }

    private static float[] Weights(LinearHead head) => [.. Enumerable.Range(0, head.Classes).SelectMany(c => head.Weights(c).ToArray())];

    [Theory]
    [InlineData("Identity", 200_000)]
    [InlineData("Cast", 200_000)]
    [InlineData("Transpose", 200_000)]
    public void A_long_chain_before_the_weights_does_not_exhaust_the_stack(string type, int length) =>
        Assert.Equal([1f, 2, 3, 4, 5, 6], Weights(Head("behind", Chain(type, length))));

    [Fact]
    public void Transposes_are_counted_and_those_that_leave_the_axes_are_not()
    {
        Assert.Equal(3, Head("behind", Chain("Transpose", 3)).Classes);
        Assert.Equal([1f, 4, 2, 5, 3, 6], Weights(Head("behind", Chain("Transpose", 3))));
        Assert.Equal([1f, 2, 3, 4, 5, 6], Weights(Head("behind", Chain("Transpose", 3, Integers("perm", 0, 1)))));
    }

    [Fact]
    public void A_long_chain_between_the_head_and_the_scores_is_walked_too()
    {
        byte[][] graph = [Initializer("w", [1, 2, 3, 4, 5, 6], 2, 3), Node("GlobalAveragePool", ["features"], "pooled"), Node("Flatten", ["pooled"], "flat"),
            Node("Gemm", ["flat", "w"], "w0", Integer("transB", 1)), .. Enumerable.Range(0, 100_000).Select(i => Node("Identity", [$"w{i}"], $"w{i + 1}"))];
        Assert.Equal(2, LinearHead.Read(ModelSource.FromBytes(Model(graph), "odd"), "w100000", "features").Classes);
    }

    [Fact(Timeout = Limit)]
    public async Task A_circle_of_nodes_is_no_constant() => await Task.Run(() =>
    {
        foreach (var type in (string[])["Identity", "Transpose"])
            Assert.Throws<NotSupportedException>(() => Head("a", Node(type, ["b"], "a"), Node(type, ["a"], "b")));
        Assert.Throws<NotSupportedException>(() => Head("a", Node("DequantizeLinear", ["a", "a", "a"], "a")));
        Assert.Throws<NotSupportedException>(() => Head("a", Node("Identity", [], "a")));
        Assert.Throws<NotSupportedException>(() => LinearHead.Read(ModelSource.FromBytes(Model(Node("Identity", ["y"], "x"), Node("Identity", ["x"], "y")),
            "odd"), "x", "y"));
    }, TestContext.Current.CancellationToken);

    /// <summary>Each node's scale and zero point are the node before it: evaluated one by one, 3^40 of them.</summary>
    [Fact(Timeout = Limit)]
    public async Task Dequantizing_nodes_of_dequantizing_nodes_do_not_multiply() => await Task.Run(() =>
        Assert.Throws<NotSupportedException>(() => Head("d39", [.. Enumerable.Range(0, 40).Select(i => i == 0 ? "w" : $"d{i - 1}")
            .Select((before, i) => Node("DequantizeLinear", [before, before, before], $"d{i}"))])), TestContext.Current.CancellationToken);

    [Fact]
    public void Weights_are_dequantized_with_their_own_scales_or_refused()
    {
        byte[] Node3(string scale) => Node("DequantizeLinear", ["w", scale], "d", Integer("axis", 0));
        Assert.Equal([10f, 20, 30, 400, 500, 600], Weights(Head("d", Node3("s"), Initializer("s", [10, 100], 2))));
        Assert.Equal([10f, 20, 30, 40, 50, 60], Weights(Head("d", Node3("i"), Node("Identity", ["s"], "i"), Initializer("s", [10]))));
        Assert.Contains("damaged", Assert.Throws<FormatException>(() => Head("d", Node3("s"), Initializer("s", [1, 2, 3], 3))).Message,
            StringComparison.Ordinal);
        Assert.Contains("damaged", Assert.Throws<FormatException>(() => Head("d", Node3("s"), Initializer("s", []))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3ul, 3ul)]
    [InlineData(1ul << 32, 1ul << 32)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    public void Values_that_do_not_fit_their_shape_are_refused(ulong rows, ulong columns) =>
        Assert.Contains("damaged", Assert.Throws<FormatException>(() => Head("v", Initializer("v", [1, 2, 3, 4], rows, columns))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Constants_of_thousands_of_dimensions_are_refused() => Assert.Contains("dimensions", Assert.Throws<FormatException>(() =>
        Head("v", Initializer("v", [1], [.. Enumerable.Repeat(1ul, 5000)]))).Message, StringComparison.Ordinal);

    private string Write(params byte[][] graph)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.onnx");
        File.WriteAllBytes(path, Model(graph));
        return path;
    }

    private static byte[][] Classifier(byte[] input, byte[] output, string type = "Identity", params byte[][] attributes) =>
    [
        Input("pixels", input), Output("logits", output), Initializer("w", [1, 2, 3, 4, 5, 6], 2, 3), Node("GlobalAveragePool", ["pixels"], "pooled"),
        Node("Flatten", ["pooled"], "flat"), Node("Gemm", ["flat", "w"], "scores", Integer("transB", 1)), Node(type, ["scores"], "logits", attributes),
    ];

    private static Exception Error(string path) => Assert.ThrowsAny<Exception>(() =>
    {
        using var classifier = DlaClassifier.Open(path, Options);
        classifier.Predict(TestImages.Png(0));
    });

    [Fact]
    public void The_models_of_these_tests_work_when_nothing_is_odd()
    {
        using var classifier = DlaClassifier.Open(Write(Classifier(Tensor(Float, 0, 3, 64, 64), Tensor(Float, 0, 2))), Options);
        Assert.Equal("b", classifier.Predict(TestImages.Png(0)).Label);
    }

    [Theory]
    [InlineData(1_000_000_000ul)]
    [InlineData(100_000ul)]
    [InlineData(1ul << 31)]
    [InlineData(1ul << 62)]
    public void A_model_for_a_huge_batch_is_refused_before_memory_is_taken(ulong batch)
    {
        var path = Write(Classifier(Tensor(Float, batch, 3, 64, 64), Tensor(Float, batch, 2)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Error(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.True(error is NotSupportedException or FormatException, $"{error}");
        Assert.Contains(batch.ToString("N0", System.Globalization.CultureInfo.CurrentCulture), error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_that_are_not_float32_tensors_are_named()
    {
        var path = Write(Classifier(Tensor(Float, 0, 3, 64, 64), Sequence(Tensor(Float, 0, 2)), "SequenceConstruct"));
        Assert.Contains("logits, which is no tensor", Assert.IsType<NotSupportedException>(Error(path)).Message, StringComparison.Ordinal);
        using (var features = FeaturizingModel.Open(new DlaFeaturizerOptions { ModelPath = path, Preprocessing = Options.Preprocessing }))
            Assert.Equal(3, features.Task.Length);   // whose outputs are none of these
        path = Write(Classifier(Tensor(Float, 0, 3, 64, 64), Tensor(Whole64, 0, 2), "Cast", Integer("to", Whole64)));
        Assert.Contains("logits int64", Assert.IsType<NotSupportedException>(Error(path)).Message, StringComparison.Ordinal);
        path = Write(Classifier(Tensor(Float, 0, 3, 64, 64), Tensor(Float, 0, 1ul << 30)));
        Assert.IsType<NotSupportedException>(Error(path));
    }

    [Fact]
    public void A_text_of_gigabytes_is_refused_before_it_is_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The file has holes, so that it takes no space; elsewhere it would.");
        var path = Path.Combine(_folder, "text.onnx");
        using (var file = File.Create(path))
        {
            file.Write([0x72, 0x88, 0x80, 0x80, 0x80, 0x08, 0x0A, 0x82, 0x80, 0x80, 0x80, 0x08]);   // metadata with a key of 2 GB
            file.SetLength(file.Length + (1L << 31) + 2);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("text of", Assert.Throws<FormatException>(() => DlaModelCard.Load(path)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("""{"training":{"top1":1e999}}""", "top1")]
    [InlineData("""{"training":{"top5":-1e999}}""", "top5")]
    [InlineData("""{"training":{"top1":1e309}}""", "top1")]
    [InlineData("""{"preprocessing":{"mean":[1e39,0,0]}}""", "mean")]
    [InlineData("""{"preprocessing":{"std":[1,1,1e99]}}""", "std")]
    public void A_card_with_a_number_that_is_infinite_is_refused_when_it_is_read(string card, string name)
    {
        Assert.Contains(name, Assert.Throws<FormatException>(() => DlaModelCard.Parse(card)).Message, StringComparison.Ordinal);
        var path = Path.Combine(_folder, "card.onnx");
        File.WriteAllBytes(path, [.. File.ReadAllBytes(TinyModel.Path), .. Field(14, [.. Text(1, "dla.card"), .. Field(2, Encoding.UTF8.GetBytes(card))])]);
        Assert.Contains(name, Assert.Throws<FormatException>(() => DlaModelCard.Load(path)).Message, StringComparison.Ordinal);
        Assert.Contains(path, Assert.Throws<FormatException>(() => DlaClassifier.Open(path)).Message, StringComparison.Ordinal);
    }
}
