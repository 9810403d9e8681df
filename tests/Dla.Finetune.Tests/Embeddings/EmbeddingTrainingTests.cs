using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class EmbeddingTrainingTests : IDisposable
{
    private static readonly DlaTrainingOptions HeadOnly = TinyImages.Recipe with { Freeze = FrozenPart.Level5, CacheEmbeddings = true, Epochs = 10,
        EmaDecay = 0 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static (float[] Head, DlaTrainingResult Result) Train(
        DlaTrainingOptions options, ImageDataset data, TrainingWorkspace? workspace = null, int stopAfter = 0, ImageDataset? validation = null, ulong seed = 7)
    {
        using var network = new DlaNetwork(TinyImages.Variant, new DlaNetworkOptions { NumClasses = 4, Seed = seed, Dropout = 0.1 });
        using var stop = new CancellationTokenSource();
        var result = DlaTrainer.Train(network, data, validation, TinyImages.Preprocessing, options, workspace, new StepMonitor(s => Stop(s, stopAfter, stop)),
            stop.Token);
        return (network.state_dict()["fc.weight"].contiguous().data<float>().ToArray(), result);
    }

    private static void Stop(TrainingStep step, int stopAfter, CancellationTokenSource stop)
    {
        if (step.Step == stopAfter) stop.Cancel();
    }

    /// <summary>Leaves the embeddings of a run, and not its checkpoint.</summary>
    private static void BeginAnew(TrainingWorkspace workspace)
    {
        Directory.CreateDirectory(workspace.Path);
        System.IO.File.Delete(workspace.Checkpoint);
    }

    private static string File(TrainingWorkspace workspace, string part = "train") => Path.Combine(workspace.Path, $"embeddings-{part}.safetensors");

    [Fact]
    public void Ten_epochs_read_every_image_once()
    {
        var (data, validation) = (new DamagedImages(64, _ => false), new DamagedImages(16, _ => false));
        var (_, result) = Train(HeadOnly, data, validation: validation);
        Assert.Equal(10, result.Epochs.Count);
        Assert.Equal((64, 16), (data.Reads, validation.Reads));
    }

    /// <summary>The loss of a head alone is convex: small steps over the same images go down, whatever the order of sums.</summary>
    [Fact]
    public void A_head_learns_from_embeddings()
    {
        using var network = TinyImages.Network(4);
        var options = HeadOnly with { BatchSize = 64, Epochs = 100, Optimizer = OptimizerKind.AdamW, WeightDecay = 0, LearningRate = 0.01,
            Schedule = LearningRateSchedule.Constant, LabelSmoothing = 0, Augmentation = AugmentationOptions.None };
        var result = DlaTrainer.Train(network, new TinyImages(64, 4), null, TinyImages.Preprocessing, options);
        Assert.InRange(result.Epochs[^1].Loss, 0, result.Epochs[0].Loss / 2);
    }

    [Fact]
    public void Embeddings_are_those_of_the_module_for_images_and_their_mirror_images()
    {
        using var scope = NewDisposeScope();
        using var network = TinyImages.Network(4);
        var data = new TinyImages(8, 4);
        using var embedder = new EmbeddingNetwork(network, TinyImages.Preprocessing);
        var embeddings = embedder.Run(data, mirror: true, new BadImageList(BadTrainingImage.Error), threads: 2, _ => { }, default);
        network.eval();
        var preprocessor = new ImagePreprocessor(TinyImages.Preprocessing);
        for (var i = 0; i < data.Count; i++)
        {
            var pixels = new float[preprocessor.Length];
            preprocessor.Run(data.ReadEncoded(i).Span, pixels);
            var image = tensor(pixels, [1, 3, 32, 32]);
            foreach (var (mirrored, input) in ((bool, Tensor)[])[(false, image), (true, image.flip(3))])
            {
                var expected = network.ForwardEmbedding(input).data<float>().ToArray();
                var actual = embeddings.Of(i, mirrored).ToArray();
                for (var j = 0; j < expected.Length; j++) Assert.Equal(expected[j], actual[j], 1e-4);
            }
            Assert.False(embeddings.Of(i, false).SequenceEqual(embeddings.Of(i, true)));
        }
    }

    [Fact]
    public void Without_other_variation_it_happens_by_itself_and_measures_what_the_network_measures()
    {
        var options = HeadOnly with { CacheEmbeddings = false, Augmentation = AugmentationOptions.None with { FlipProbability = 0.5 } };
        Assert.True(options.UsesEmbeddings);
        Assert.False((options with { Augmentation = new() }).UsesEmbeddings);
        Assert.False((options with { Freeze = FrozenPart.Level4 }).UsesEmbeddings);
        using var network = TinyImages.Network(4);
        var validation = new TinyImages(40, 4, seed: 5);
        var result = DlaTrainer.Train(network, new TinyImages(64, 4), validation, TinyImages.Preprocessing, options);
        var measured = DlaAccuracy.Measure(network, validation, TinyImages.Preprocessing);
        Assert.Equal(measured.Top1, result.Best!.Validation!.Top1);
        Assert.Equal(measured.Loss, result.Best.Validation.Loss, 1e-3);
    }

    [Fact]
    public void A_head_is_computed_in_float32_and_says_so()
    {
        var (_, result) = Train(HeadOnly with { Epochs = 1, Precision = TrainingPrecision.BFloat16 }, new TinyImages(64, 4));
        Assert.Equal(TrainingPrecision.Float32, result.Precision);
        Assert.Contains("float32, seed", (HeadOnly with { Precision = TrainingPrecision.BFloat16 }).Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public void A_resumed_run_reads_no_image_again_and_ends_with_the_weights_of_an_uninterrupted_one(int stopAfter)
    {
        var (expected, _) = Train(HeadOnly, new TinyImages(64, 4));
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var data = new DamagedImages(64, _ => false);
        Assert.False(Train(HeadOnly, data, workspace, stopAfter).Result.Completed);
        var before = data.Reads;
        var (actual, result) = Train(HeadOnly, data, workspace with { Resume = true });
        Assert.True(result.Completed);
        Assert.Equal(expected, actual);
        Assert.Equal(64, data.Reads - before);   // hashed, to know that they are still the same; not run through the network
    }

    [Fact]
    public void A_cache_of_other_weights_or_images_or_one_cut_off_is_made_anew()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        byte[] Made(ImageDataset data, ulong seed = 7)
        {
            BeginAnew(workspace);
            Train(HeadOnly with { Epochs = 1 }, data, workspace, seed: seed);
            return System.IO.File.ReadAllBytes(File(workspace));
        }
        var first = Made(new TinyImages(64, 4));
        var stamp = System.IO.File.GetLastWriteTimeUtc(File(workspace));
        Assert.Equal(first, Made(new TinyImages(64, 4)));
        Assert.Equal(stamp, System.IO.File.GetLastWriteTimeUtc(File(workspace)));      // kept
        Assert.NotEqual(first, Made(new TinyImages(64, 4), seed: 8));
        Assert.NotEqual(first, Made(new TinyImages(64, 4, seed: 2)));
        Assert.Equal(first, Made(new TinyImages(64, 4)));
        foreach (var length in (int[])[0, 5, 100, first.Length / 2, first.Length - 1])
        {
            System.IO.File.WriteAllBytes(File(workspace), first[..length]);
            Assert.Equal(first, Made(new TinyImages(64, 4)));
        }
    }

    [Fact]
    public void Bad_images_are_left_out_also_of_a_kept_cache_or_are_an_error()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var data = new DamagedImages(64, i => i is 5 or 17);
        Assert.Contains("tiny[", Assert.Throws<ImageDecodeException>(() => Train(HeadOnly, data)).Message, StringComparison.Ordinal);
        for (var run = 0; run < 2; run++)
        {
            BeginAnew(workspace);
            var (_, result) = Train(HeadOnly with { OnBadImage = BadTrainingImage.Skip, Epochs = 2 }, data, workspace);
            Assert.Equal([5L, 17L], result.BadImages.Select(b => b.Row));
            Assert.Equal([2, 2], result.Epochs.Select(e => e.BadImages));
        }
        BeginAnew(workspace);
        Assert.Throws<ImageDecodeException>(() => Train(HeadOnly, data, workspace));
    }

    [Fact]
    public void Stopped_while_embedding_nothing_half_made_is_left()
    {
        using var network = TinyImages.Network(4);
        using var stop = new CancellationTokenSource();
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var result = DlaTrainer.Train(network, new TinyImages(64, 4), null, TinyImages.Preprocessing, HeadOnly, workspace, new StopWhileEmbedding(stop),
            stop.Token);
        Assert.False(result.Completed);
        Assert.False(System.IO.File.Exists(File(workspace)));
        Assert.True(System.IO.File.Exists(workspace.Checkpoint));
    }

    private sealed class StopWhileEmbedding(CancellationTokenSource stop) : ITrainingMonitor
    {
        public void OnStep(TrainingStep progress) => Assert.Fail("No step is to be done.");

        public void OnEpoch(TrainingEpoch epoch)
        {
        }

        public void OnEmbedding(int done, int count)
        {
            if (done == 10) stop.Cancel();
        }
    }
}
