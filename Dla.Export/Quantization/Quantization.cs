using Dla.Export.Onnx;
using Dla.MLNet;

namespace Dla.Export;

/// <summary>One model's quantization: calibrated once, then written with each method, and with more layers in float, until it is good enough.</summary>
internal sealed class Quantization : IDisposable
{
    /// <summary>Most activations: 1 GiB of histograms for each image that is run at the same time. DLA-169 has 500.</summary>
    private const int MaxTensors = 8192;

    private readonly ModelProto _model;
    private readonly OnnxGraph _graph;
    private readonly DlaQuantizationOptions _options;
    private readonly List<NodeProto> _kept;
    private readonly QuantizedLayers _layers;
    private readonly Calibration _calibration;

    private Quantization(ModelProto model, OnnxGraph graph, List<NodeProto> kept, Calibration calibration, DlaQuantizationOptions options)
    {
        (_model, _graph, _kept, _calibration, _options) = (model, graph, kept, calibration, options);
        _layers = new QuantizedLayers(graph, options.WeightRange, options.CorrectBias);
    }

    public int Images => _calibration.Images;

    public int ComparisonImages => _calibration.Inputs.Count;

    /// <summary>Runs the float model over the calibration images.</summary>
    public static Quantization Start(ModelProto model, DlaModelCard? card, IEnumerable<ReadOnlyMemory<byte>> images, DlaQuantizationOptions options,
        IProgress<int>? progress, CancellationToken cancel)
    {
        var graph = new OnnxGraph(model.Graph);
        var kept = KeptLayers.Find(model.Graph, options.KeepFloat);
        var plan = new QuantizationPlan(graph, kept, options.ShareConcatScales);
        if (plan.Tensors.Count == 0) throw new ArgumentException("No node of the model can be quantized, or all are kept float: there is nothing to do.");
        if (plan.Tensors.Count > MaxTensors) throw new NotSupportedException($"The model has {plan.Tensors.Count:N0} activations to quantize; " +
            $"at most {MaxTensors:N0} are measured, each with a histogram of 128 KiB. Keep some nodes float.");
        var input = CalibrationInput.Of(graph, options.Preprocessing ?? card?.Preprocessing);
        return new Quantization(model, graph, kept, Calibration.Run(model, plan.Tensors, input, images, options, progress, cancel), options);
    }

    /// <summary>Tries the methods, then keeps noisy layers float until the target is met.</summary>
    public QuantizationResult Choose(CancellationToken cancel)
    {
        var methods = _options.Method == DlaCalibrationMethod.Best
            ? [DlaCalibrationMethod.MinMax, DlaCalibrationMethod.Percentile, DlaCalibrationMethod.MeanSquaredError]
            : new[] { _options.Method };
        var plan = new QuantizationPlan(_graph, _kept, _options.ShareConcatScales);
        var tried = methods.Select(m => (Method: m, Model: Write(plan, m), Comparison: (Comparison)null!)).ToList();
        for (var i = 0; i < tried.Count; i++)
            tried[i] = tried[i] with { Comparison = Comparison.Run(tried[i].Model, _calibration, _options.Parallelism, cancel) };
        var (method, model, comparison) = tried.MaxBy(t => t.Comparison.Snr);
        var own = NoiseMeter.Own(_model, Writer(plan, method).WriteIsolated(), Made(plan), _calibration, _options.Parallelism, cancel);

        var noisiest = new Queue<NodeProto>(_graph.Proto.Node.Where(n => plan.IsQuantized(n) && QuantizableOperators.HasOwnRange(n))
            .OrderBy(n => own.GetValueOrDefault(plan.Result(n), 200)));
        for (var more = 1; _options.TargetAgreement is { } target && comparison.Agreement < target && noisiest.Count > 0; more *= 2)
        {
            for (var i = 0; i < more && noisiest.TryDequeue(out var node); i++) _kept.Add(node);
            plan = new QuantizationPlan(_graph, _kept, _options.ShareConcatScales);
            model = plan.Tensors.Count == 0 ? _model.Clone() : Write(plan, method);
            comparison = Comparison.Run(model, _calibration, _options.Parallelism, cancel);
        }
        var total = NoiseMeter.Total(_model, model, Made(plan), _calibration, _options.Parallelism, cancel);
        return new QuantizationResult(model, method, comparison,
            [.. tried.Select(t => new DlaCalibrationTrial(t.Method, t.Comparison.Snr, t.Comparison.Agreement))],
            [.. _graph.Proto.Node.Where(n => !plan.IsAbsorbed(n)).Select(n => Layer(plan, method, n, own, total))]);
    }

    /// <summary>The tensors that quantized nodes make, those in float among them.</summary>
    private List<string> Made(QuantizationPlan plan) =>
        [.. _graph.Proto.Node.Where(plan.IsQuantized).SelectMany(n => n.Output.Count > 1 ? n.Output : [plan.Result(n)])];

    private DlaLayerNoise Layer(QuantizationPlan plan, DlaCalibrationMethod method, NodeProto node, Dictionary<string, double> own,
        Dictionary<string, double> total)
    {
        var made = plan.IsQuantized(node) ? (node.Output.Count > 1 ? node.Output[0] : plan.Result(node)) : null;
        double? Of(Dictionary<string, double> ratios) => made is not null && ratios.TryGetValue(made, out var ratio) ? ratio : null;
        var range = made is not null && plan.QuantizedOutputs(node).Any() ? Ranges(plan, method)[plan.Group(made)] : (ActivationRange?)null;
        return new DlaLayerNoise(node.Name, node.OpType, plan.WhyFloat(node), Of(own), Of(total), range?.Min, range?.Max);
    }

    private ModelProto Write(QuantizationPlan plan, DlaCalibrationMethod method) => Writer(plan, method).Write();

    private QdqWriter Writer(QuantizationPlan plan, DlaCalibrationMethod method) =>
        new(_model, _graph, plan, new QdqLayerWriter(plan, _layers, Ranges(plan, method), _calibration.Statistics));

    private readonly Dictionary<(QuantizationPlan, DlaCalibrationMethod), Dictionary<string, ActivationRange>> _ranges = [];

    /// <summary>The scale of each group of tensors.</summary>
    private Dictionary<string, ActivationRange> Ranges(QuantizationPlan plan, DlaCalibrationMethod method)
    {
        if (_ranges.TryGetValue((plan, method), out var known)) return known;
        return _ranges[(plan, method)] = plan.Tensors.GroupBy(plan.Group).AsParallel().Select(g => (g.Key, Range: RangeChooser.Choose(
            ActivationStatistics.Join(g.Select(t => _calibration.Statistics[t])), method, _options.Percentile))).ToDictionary(p => p.Key, p => p.Range);
    }

    public void Dispose() => _calibration.Dispose();
}
