using System.Text.Json.Nodes;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class DamagedCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private TrainingWorkspace Workspace => new(_folder.File("run"));

    public void Dispose() => _folder.Dispose();

    private static (float[] Head, DlaTrainingResult Result) Train(TrainingWorkspace? workspace, int epochs = 3, int stopAfter = 0, ulong seed = 1,
        DlaNetwork? network = null)
    {
        using var own = network is null ? TinyImages.Network(4) : null;
        network ??= own!;
        using var stop = new CancellationTokenSource();
        var result = DlaTrainer.Train(network, new TinyImages(64, 4), new TinyImages(16, 4, seed: 9), TinyImages.Preprocessing,
            TinyImages.Recipe with { Epochs = epochs, Seed = seed }, workspace, new StepMonitor(s => Stop(s, stopAfter, stop)), stop.Token);
        return (network.state_dict()["fc.weight"].contiguous().data<float>().ToArray(), result);
    }

    private static void Stop(TrainingStep step, int stopAfter, CancellationTokenSource stop)
    {
        if (step.Step == stopAfter) stop.Cancel();
    }

    private string Refused() => Assert.Throws<InvalidDataException>(() => Train(Workspace with { Resume = true })).Message;

    /// <summary>Flips bits of the header, one in each piece of it, and of the values.</summary>
    private static IEnumerable<int> Places(byte[] file)
    {
        var header = 8 + (int)BitConverter.ToInt64(file);
        var random = new Random(5);
        for (var i = 0; i < 20; i++) yield return random.Next(header);
        for (var i = 0; i < 20; i++) yield return random.Next(header, file.Length);
    }

    [Fact]
    public void Each_flipped_bit_of_a_checkpoint_is_noticed_and_the_previous_checkpoint_named()
    {
        Train(Workspace, stopAfter: 6);
        var whole = File.ReadAllBytes(Workspace.Checkpoint);
        foreach (var place in Places(whole))
        {
            var damaged = whole.ToArray();
            damaged[place] ^= (byte)(1 << place % 8);
            File.WriteAllBytes(Workspace.Checkpoint, damaged);
            var message = Refused();
            Assert.Contains(Workspace.PreviousCheckpoint, message, StringComparison.Ordinal);
            Assert.Contains("of step 4, is whole", message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(Workspace.Checkpoint, whole);
        Assert.Equal(Train(null).Head, Train(Workspace with { Resume = true }).Head);
    }

    [Fact]
    public void The_previous_checkpoint_continues_to_the_same_weights()
    {
        Train(Workspace, stopAfter: 6);
        File.Delete(Workspace.Checkpoint);
        Assert.Contains(Workspace.PreviousCheckpoint,
            Assert.Throws<FileNotFoundException>(() => Train(Workspace with { Resume = true })).Message, StringComparison.Ordinal);
        File.Move(Workspace.PreviousCheckpoint, Workspace.Checkpoint);
        Assert.Equal(Train(null).Head, Train(Workspace with { Resume = true }).Head);
    }

    [Fact]
    public void Without_a_previous_checkpoint_the_best_weights_are_named()
    {
        Train(Workspace, stopAfter: 6);
        File.Delete(Workspace.PreviousCheckpoint);
        using (var file = File.OpenWrite(Workspace.Checkpoint)) file.SetLength(file.Length - 1);
        Assert.Contains(Workspace.BestWeights, Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Best_weights_that_are_damaged_missing_or_of_another_run_are_refused()
    {
        Train(new TrainingWorkspace(_folder.File("other")), stopAfter: 6, seed: 2);
        Train(Workspace, stopAfter: 6);
        var whole = File.ReadAllBytes(Workspace.BestWeights);
        foreach (var place in Places(whole).Where((_, i) => i % 4 == 0))
        {
            var damaged = whole.ToArray();
            damaged[place] ^= (byte)(1 << place % 8);
            File.WriteAllBytes(Workspace.BestWeights, damaged);
            Assert.Contains("best weights, of epoch 1, cannot be read", Refused(), StringComparison.Ordinal);
        }
        File.Copy(new TrainingWorkspace(_folder.File("other")).BestWeights, Workspace.BestWeights, overwrite: true);
        Assert.Contains("of another run", Refused(), StringComparison.Ordinal);
        using (var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 4 })) Safetensors.Save(Workspace.BestWeights, network);
        var message = Refused();
        Assert.DoesNotContain("must match", message, StringComparison.Ordinal);   // libtorch's own words
        Assert.Contains("Put the run's own file back", message, StringComparison.Ordinal);
        File.Delete(Workspace.BestWeights);
        Assert.Contains("Put the run's own file back", Refused(), StringComparison.Ordinal);
        File.WriteAllBytes(Workspace.BestWeights, whole);
        Assert.Equal(Train(null).Head, Train(Workspace with { Resume = true }).Head);
    }

    [Fact]
    public void A_finished_run_knows_its_best_weights_again_after_the_export()
    {
        using var network = TinyImages.Network(4);
        var result = Train(Workspace, network: network).Result;
        DlaTrainedModel.Export(network, new TinyImages(64, 4), TinyImages.Preprocessing, TinyImages.Recipe, result, "random weights", null,
            _folder.File("model.onnx"), Workspace.BestWeights);
        Assert.Equal(5, Train(Workspace with { Resume = true }, epochs: 5).Result.Epochs.Count);
    }

    [Fact]
    public void A_run_of_the_first_version_which_has_no_checksums_continues()
    {
        Train(Workspace, stopAfter: 6);
        foreach (var path in (string[])[Workspace.Checkpoint, Workspace.BestWeights]) RemoveChecksum(path);
        Assert.Equal(Train(null).Head, Train(Workspace with { Resume = true }).Head);
    }

    [Fact]
    public void A_checkpoint_that_lost_its_checksum_is_damaged()
    {
        Train(Workspace, stopAfter: 6);
        RemoveChecksum(Workspace.Checkpoint, fromJournal: false);
        Assert.Contains("is damaged", Refused(), StringComparison.Ordinal);
    }

    /// <summary>Makes a file what version 0.1.0 wrote.</summary>
    private static void RemoveChecksum(string path, bool fromJournal = true)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors;
        Dictionary<string, string> texts;
        using (var file = Checkpoint.Open(path))
        {
            tensors = file.Tensors.ToDictionary(t => t.Name, t => t.Read());
            texts = file.Metadata.Where(t => t.Key is not (TrainingChecksum.MetadataKey or SavedRun.RunKey)).ToDictionary();
        }
        if (fromJournal && texts.TryGetValue(TrainingJournal.MetadataKey, out var json))
        {
            var journal = JsonNode.Parse(json)!.AsObject();
            Assert.True(journal.Remove("run") && journal.Remove("hasChecksum"));
            texts[TrainingJournal.MetadataKey] = journal.ToJsonString();
        }
        Safetensors.Save(path, tensors, texts);
    }
}
