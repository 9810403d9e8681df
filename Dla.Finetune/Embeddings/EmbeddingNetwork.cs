using Dla.Export;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>Computes embeddings of many images with ONNX Runtime: one image a thread, each with a thread of its own, which is fastest on a processor.</summary>
internal sealed class EmbeddingNetwork : IDisposable
{
    /// <summary>What messages call its model, which has no file.</summary>
    private const string Name = "the frozen network";

    private readonly ScoringModel _model;
    private readonly ModelOutput _output;
    private readonly ImagePreprocessor _preprocessor;

    /// <param name="network">The network; its head is not used.</param>
    /// <param name="preprocessing">How scoring prepares images.</param>
    public EmbeddingNetwork(DlaNetwork network, ImagePreprocessing preprocessing)
    {
        var card = new DlaModelCard { Variant = network.Variant.Name, Preprocessing = preprocessing };
        using var copy = DlaAllocation.Copy(network, network.Options with { NumClasses = 0 });   // ends with the embedding
        var file = DlaExporter.ToBytes(copy, card, new DlaExportOptions { Outputs = DlaOutputs.Embedding });
        _model = ScoringModel.Open(ModelSource.FromBytes(file, Name), new DlaFeaturizerOptions { ModelPath = Name });
        _output = ModelOutput.Embedding(_model.Outline, _model.Source.Name, _model.Expose);
        _preprocessor = new ImagePreprocessor(preprocessing);
    }

    /// <summary>Embeds all images of a data set.</summary>
    /// <param name="data">The images.</param>
    /// <param name="mirror">Whether their mirror images are embedded too.</param>
    /// <param name="bad">Reads images, as bad ones are to be handled.</param>
    /// <param name="threads">Images at the same time.</param>
    /// <param name="progress">Receives the number of images done, on any thread, one call at a time.</param>
    /// <param name="cancel">Stops.</param>
    public ImageEmbeddings Run(ImageDataset data, bool mirror, BadImageList bad, int threads, Action<int> progress, CancellationToken cancel)
    {
        var (plain, mirrored) = (new float[(long)data.Count * _output.Length], mirror ? new float[(long)data.Count * _output.Length] : null);
        var (unreadable, done, telling) = (new byte[data.Count], 0, new Lock());
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        try
        {
            Parallel.For(0, data.Count, parallel, () => new ModelRunner(_model.Session(latency: false), _model.Input, [_output], mirror ? 2 : 1), Embed,
                runner => runner.Dispose());
        }
        catch (AggregateException e) when (e.InnerExceptions.Count > 0)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return new ImageEmbeddings(_output.Length, plain, mirrored, unreadable);

        ModelRunner Embed(int image, ParallelLoopState state, ModelRunner runner)
        {
            if (bad.Try(image, () => DlaAccuracy.Read(data, _preprocessor, image, runner.Pixels(0))))
            {
                if (mirror) Mirror(runner.Pixels(0), runner.Pixels(1), _preprocessor.Preprocessing.CropSize);
                runner.Run();
                runner.Result(0, 0).CopyTo(plain.AsSpan(image * _output.Length));
                if (mirrored is not null) runner.Result(0, 1).CopyTo(mirrored.AsSpan(image * _output.Length));
            }
            else
            {
                unreadable[image] = 1;
            }
            lock (telling) progress(++done);
            return runner;
        }
    }

    public void Dispose() => _model.Dispose();

    /// <summary>Reverses each row of [3, side, side].</summary>
    private static void Mirror(ReadOnlySpan<float> pixels, Span<float> mirrored, int side)
    {
        pixels.CopyTo(mirrored);
        for (var row = 0; row < pixels.Length; row += side) mirrored.Slice(row, side).Reverse();
    }
}
