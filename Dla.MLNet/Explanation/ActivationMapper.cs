using System.Numerics.Tensors;

namespace Dla.MLNet;

/// <summary>Computes class activation maps (Zhou et al., CVPR 2016): exact, because the head is linear and comes after average pooling.</summary>
internal sealed class ActivationMapper : IDisposable
{
    private const string FeaturesName = "features";

    private readonly ImagePreprocessing _preprocessing;
    private readonly LinearHead _head;
    private readonly (int Height, int Width) _plane;
    private readonly SingleImages _images;

    private ActivationMapper(ClassifyingModel model, LinearHead head, (int Height, int Width) plane, SingleImages.Crowd crowd)
    {
        (_preprocessing, _head, _plane) = (model.Model.Preprocessing, head, plane);
        var features = new ModelOutput(FeaturesName, checked(head.Features * plane.Height * plane.Width), Rank: 4, IsLogits: false) { Plane = plane };
        var task = new ModelTask(model.Model, [model.Scores, features], model.Reader);
        _images = new SingleImages(task, model.Options.Mode, crowd);
        Length = task.Length;
    }

    /// <summary>Values of one image: the classes' probabilities, then the features.</summary>
    public int Length { get; }

    /// <summary>Reads the head's weights and checks that they belong to the features.</summary>
    /// <param name="model">The model.</param>
    /// <param name="crowd">Those who use the model's sessions.</param>
    /// <exception cref="NotSupportedException">The model has no features, or no linear head on their average.</exception>
    public static ActivationMapper Open(ClassifyingModel model, SingleImages.Crowd crowd)
    {
        var scoring = model.Model;
        using var lease = scoring.Use();
        var name = scoring.Source.Name;
        var output = scoring.Outline.Outputs.FirstOrDefault(o => o.Name == FeaturesName);
        if (output is not { ElementType: OnnxTensorInfo.Float32, Shape: null or { Count: 4 } })
            throw new NotSupportedException($"'{name}' gives {string.Join(" and ", scoring.Outline.Outputs)}; " +
                $"activation maps need the output {FeaturesName}, float32 [N, F, h, w]. " +
                $"Export the model with 'dla export … --outputs logits,{FeaturesName}'.");
        var shape = scoring.Ask(model.Options.Mode != ScoringMode.Throughput,   // ONNX Runtime has then checked the graph
            session => output.Shape is [_, _, > 0, > 0] ? output.Shape : session.Probe(scoring.Input, scoring.BatchSize, FeaturesName));
        var head = LinearHead.Read(scoring.Source, model.Scores.Name, FeaturesName);
        if (head.Classes != model.ClassNames.Count || (shape[1] > 0 && shape[1] != head.Features))
            throw new NotSupportedException($"'{name}' has a head of {head.Classes} classes on {head.Features} features, " +
                $"and gives {model.ClassNames.Count} classes and {output}. Export the model again.");
        return new ActivationMapper(model, head, ((int)shape[2], (int)shape[3]), crowd);
    }

    /// <summary>Runs the model on an image; see <see cref="SingleImages"/>.</summary>
    public void Run(ImageInput input, Span<float> values, CancellationToken cancel) => _images.Run(input, values, cancel);

    /// <summary>The maps of some classes.</summary>
    /// <param name="classes">The classes.</param>
    /// <param name="features">[F, h, w].</param>
    public DlaActivationMap[] Maps(IReadOnlyList<DlaClassProbability> classes, ReadOnlySpan<float> features)
    {
        var maps = new DlaActivationMap[classes.Count];
        for (var i = 0; i < maps.Length; i++)
            maps[i] = new DlaActivationMap(classes[i].Label, _plane.Height, _plane.Width, Map(classes[i].Index, features), _head.Bias(classes[i].Index),
                _preprocessing);
        return maps;
    }

    public void Dispose() => _images.Dispose();

    /// <summary>At each position, the dot product of the class's weights with the features there.</summary>
    private float[] Map(int index, ReadOnlySpan<float> features)
    {
        var positions = _plane.Height * _plane.Width;
        var map = new float[positions];
        var weights = _head.Weights(index);
        for (var f = 0; f < weights.Length; f++) TensorPrimitives.MultiplyAdd(features.Slice(f * positions, positions), weights[f], map, map);
        return map;
    }
}
