using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraphBuilder;

namespace Dla.Export.Tests;

/// <summary>Graphs of many nodes: time in proportion to their number, and no recursion over them. What was quadratic took many minutes.</summary>
public sealed class LargeGraphTests
{
    private const int Nodes = 20_000, Limit = 300_000;   // wide, because other tests run at the same time

    private static GraphProto Chain(Func<ForeignGraph, string, int, string> next, out string last)
    {
        var g = new ForeignGraph();
        var x = g.Conv("x.1", 3, 4);
        for (var i = 0; i < Nodes; i++) x = next(g, x, i);
        last = x;
        var y = g.Node("Flatten", [g.Node("GlobalAveragePool", [g.Conv(x, 4, 4)])]);
        return g.Model(y, 17, "N", 4L).Graph;
    }

    [Theory(Timeout = Limit)]
    [InlineData("Identity")]
    [InlineData("Dropout")]
    public async Task Nodes_that_do_nothing_are_dropped_together(string type) => await Task.Run(() =>
    {
        var graph = Chain((g, x, _) => g.Node(type, [x]), out var _);
        var before = graph.Node.Count;
        GraphSimplifier.Run(graph);
        Assert.Equal(before - Nodes, graph.Node.Count);
        Assert.Equal(graph.Node[0].Output[0], graph.Node.Last(n => n.OpType == "Conv").Input[0]);
    }, TestContext.Current.CancellationToken);

    [Fact(Timeout = Limit)]
    public async Task Nodes_that_nobody_reads_are_removed_together() => await Task.Run(() =>
    {
        var graph = Chain((g, x, i) => i == 0 ? g.Relu("x.1") : g.Relu($"{i + 2}"), out var _);
        foreach (var node in graph.Node.Where(n => n.OpType == "Conv")) node.Input[0] = "x.1";
        GraphSimplifier.Run(graph);
        Assert.Equal(["Conv", "Flatten", "GlobalAveragePool"], graph.Node.Select(n => n.OpType).Order());
        Assert.Single(graph.Initializer);
    }, TestContext.Current.CancellationToken);

    [Fact(Timeout = Limit)]
    public async Task Constants_and_batch_norms_and_equal_names_are_handled_together() => await Task.Run(() =>
    {
        var g = new ForeignGraph();
        var x = "x.1";
        for (var i = 0; i < 6_000; i++)
        {
            var weight = g.Graph.Initializer.Count;
            x = g.Norm(g.Conv(x, 3, 3, kernel: 1), 3);
            var constant = g.Graph.Initializer[weight];
            g.Graph.Initializer.RemoveAt(weight);
            g.Graph.Node.Add(new NodeProto { OpType = "Constant", Output = { constant.Name },
                Attribute = { new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = constant } } });
        }
        var graph = g.Model(g.Node("Flatten", [x]), 17, "N", 12_288L).Graph;
        foreach (var node in graph.Node) node.Name = "same";
        GraphSimplifier.Run(graph);
        Assert.Equal(6_001, graph.Node.Count);
        Assert.Equal(6_001, graph.Node.Select(n => n.Name).Distinct().Count());
        Assert.Equal("same", graph.Node[0].Name);
    }, TestContext.Current.CancellationToken);

    [Theory(Timeout = Limit)]
    [InlineData("Relu")]
    [InlineData("MaxPool")]
    [InlineData("Transpose")]
    [InlineData("Reshape")]
    [InlineData("Flatten")]
    [InlineData("Add")]
    [InlineData("Concat")]
    public async Task A_plan_of_many_nodes_takes_time_in_proportion_to_them(string type) => await Task.Run(() =>
    {
        var graph = new OnnxGraph(Chain((g, x, _) => g.Node(type, type is "Add" or "Concat" ? [x, x] : [x], Integers("kernel_shape", 1, 1)), out var _));
        foreach (var kept in new[] { graph.Proto.Node.Where(QuantizableOperators.HasWeights).ToArray(), [], [.. graph.Proto.Node.TakeLast(3)] })
        {
            var plan = new QuantizationPlan(graph, kept, shareConcat: true);
            Assert.All(plan.Tensors, t => Assert.NotEmpty(plan.Group(t)));
        }
    }, TestContext.Current.CancellationToken);

    /// <summary>Many nodes that read one tensor, and one that reads the tensors of many.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_star_of_nodes_is_planned_as_fast_as_a_chain() => await Task.Run(() =>
    {
        var g = new ForeignGraph();
        var hub = g.Node("MaxPool", [g.Node("MaxPool", ["x.1"])]);
        var rays = Enumerable.Range(0, Nodes).Select(_ => g.Node("MaxPool", [hub])).ToList();
        var ends = rays.Select(r => g.Node("Sigmoid", [g.Node("Transpose", [r])])).ToList();
        var graph = new OnnxGraph(g.Model(g.Node("Flatten", [g.Node("Concat", [.. rays, .. ends])]), 17, "N", 1L).Graph);
        Assert.True(new QuantizationPlan(graph, [graph.Proto.Node[^1], graph.Proto.Node[^2]], shareConcat: false).Tensors.Count >= 0);
    }, TestContext.Current.CancellationToken);

    [Fact(Timeout = Limit)]
    public async Task Groups_that_are_joined_from_behind_are_found_as_fast() => await Task.Run(() =>
    {
        var g = new ForeignGraph();
        var x = g.Conv("x.1", 3, 4);
        for (var i = 0; i < Nodes; i++) x = g.Node("MaxPool", [x]);
        var end = g.Conv(x, 4, 4);
        var reversed = g.Graph.Node.Reverse().ToList();
        g.Graph.Node.Clear();
        g.Graph.Node.Add(reversed);
        var plan = new QuantizationPlan(new OnnxGraph(g.Model(end, 17, "N", 4L).Graph), [], shareConcat: true);
        Assert.True(plan.Tensors.Count > Nodes);
        Assert.Equal(2, plan.Tensors.Select(plan.Group).Where(t => t != "x.1").Distinct().Count());
    }, TestContext.Current.CancellationToken);

    /// <summary>Each Reshape takes its data and its shape from the one before: two ways a node, 2^60 through all.</summary>
    [Fact(Timeout = Limit)]
    public async Task Ways_to_an_output_that_split_and_meet_again_are_walked_once() => await Task.Run(() =>
    {
        var g = new ForeignGraph();
        var x = g.Node("GlobalAveragePool", [g.Relu(g.Conv("x.1", 3, 4))]);
        for (var i = 0; i < 60; i++) x = g.Node("Reshape", [g.Node("Flatten", [x]), g.Node("Identity", [x])]);
        var graph = new OnnxGraph(g.Model(g.Node("Sigmoid", [x]), 17, "N", 4L).Graph);
        Assert.Equal("only float nodes read it", new QuantizationPlan(graph, [], shareConcat: false).WhyFloat(graph.Proto.Node[2]));
    }, TestContext.Current.CancellationToken);
}
