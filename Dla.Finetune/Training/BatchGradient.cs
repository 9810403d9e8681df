using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>
/// The loss of a batch and its gradients: cross-entropy with label smoothing, class weights and mixed labels, in one part or in several after another.
/// </summary>
internal sealed class BatchGradient : IDisposable
{
    private readonly DlaNetwork _network;
    private readonly DlaTrainingOptions _options;
    private readonly float[]? _weights;
    private readonly Tensor? _weightTensor;

    public BatchGradient(DlaNetwork network, ImageDataset train, DlaTrainingOptions options)
    {
        (_network, _options, _weights) = (network, options, ClassWeighting.Of(train, options));
        _weightTensor = _weights is null ? null : tensor(_weights).DetachFromDisposeScope();
    }

    /// <summary>Adds the gradients of the mean loss to those of the parameters. The caller has a dispose scope.</summary>
    /// <param name="batch">The images.</param>
    /// <param name="precision">The number format to compute in.</param>
    /// <returns>
    /// The mean loss, and the images whose best class is right (of mixed ones, the class of the larger part). A loss that is no finite number has no
    /// gradients.
    /// </returns>
    public (float Loss, long Correct) Add(Batch batch, TrainingPrecision precision)
    {
        var parts = Math.Min(_options.AccumulationSteps, batch.Count / 2);   // batch norms need two images
        var total = TotalWeight(batch);
        var inputs = batch.ToTensor();
        var (labels, others) = (tensor(batch.Labels), batch.OtherLabels is null ? null : tensor(batch.OtherLabels));
        var shown = others is not null && batch.OwnPart < 0.5 ? others : labels;
        var (sum, correct) = (0f, 0L);
        for (var i = 0; i < parts; i++)
        {
            using var scope = NewDisposeScope();
            var (first, count) = (batch.Count * i / parts, batch.Count * (i + 1) / parts - batch.Count * i / parts);
            Tensor Part(Tensor of) => parts == 1 ? of : of.narrow(0, first, count);
            var logits = Logits(Part(inputs), batch.IsEmbeddings, precision);
            var loss = Loss(logits, Part(labels), others is null ? null : Part(others), batch.OwnPart, isWhole: parts == 1, total);
            var value = loss.item<float>();
            sum += value;
            if (!float.IsFinite(value)) break;
            loss.backward();
            correct += logits.argmax(1).eq(Part(shown)).sum().item<long>();
        }
        return (sum, correct);
    }

    public void Dispose() => _weightTensor?.Dispose();

    /// <summary>Float32 logits [N, C], computed in the run's number format.</summary>
    private Tensor Logits(Tensor inputs, bool areEmbeddings, TrainingPrecision precision)
    {
        if (areEmbeddings) return _network.ForwardHead(inputs);
        return precision == TrainingPrecision.BFloat16 ? _network.forward(inputs.to(ScalarType.BFloat16)).to(ScalarType.Float32) : _network.forward(inputs);
    }

    /// <summary>The part's share of the batch's mean loss. Cross-entropy is linear in its target: that of a mixed one is the sum of two.</summary>
    private Tensor Loss(Tensor logits, Tensor labels, Tensor? others, double own, bool isWhole, double total)
    {
        Tensor Entropy(Tensor target, nn.Reduction reduction) =>
            nn.functional.cross_entropy(logits, target, _weightTensor, reduction: reduction, label_smoothing: _options.LabelSmoothing);
        if (others is null) return isWhole ? Entropy(labels, nn.Reduction.Mean) : Entropy(labels, nn.Reduction.Sum).DividedBy(total);
        return Entropy(labels, nn.Reduction.Sum).Times(own).Plus(Entropy(others, nn.Reduction.Sum), 1 - own).DividedBy(total);
    }

    /// <summary>The weights of the batch's labels, by which PyTorch divides for the mean; without weights, the number of images.</summary>
    private double TotalWeight(Batch batch) => _weights is null ? batch.Count
        : batch.OwnPart * batch.Labels.Sum(l => (double)_weights[l])
        + (batch.OtherLabels is { } others ? (1 - batch.OwnPart) * others.Sum(l => (double)_weights[l]) : 0);
}
