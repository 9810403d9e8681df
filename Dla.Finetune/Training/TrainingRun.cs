using System.Diagnostics;
using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>One run of the trainer: the loop over epochs and steps, checkpoints, and the choice of the best weights.</summary>
internal sealed class TrainingRun : IDisposable
{
    private static readonly TimeSpan DefaultCheckpointEvery = TimeSpan.FromMinutes(10);

    private readonly DlaNetwork _network;
    private readonly ImageDataset _train;
    private readonly ImageDataset? _validation;
    private readonly ImagePreprocessing _preprocessing;
    private readonly DlaTrainingOptions _options;
    private readonly TrainingWorkspace? _workspace;
    private readonly ITrainingMonitor? _monitor;
    private readonly IBatchSource _batches;
    private readonly BatchGradient _gradient;
    private readonly TrainingState _state;
    private readonly LearningRate _rate;
    private readonly StepClock _clock = new();
    private TrainingJournal _journal;

    public TrainingRun(
        DlaNetwork network, ImageDataset train, ImageDataset? validation, ImagePreprocessing preprocessing, DlaTrainingOptions options,
        TrainingWorkspace? workspace, ITrainingMonitor? monitor)
    {
        (_network, _train, _validation, _preprocessing, _options, _workspace, _monitor) = (network, train, validation, preprocessing, options, workspace,
            monitor);
        NativeMemory.KeepLargeBlocks();
        set_num_threads(options.Threads);
        _batches = options.UsesEmbeddings
            ? new EmbeddingSource(network, train, validation, preprocessing, options, monitor)
            : new BatchLoader(network, train, validation, preprocessing, options);
        Steps = (long)_batches.BatchesPerEpoch * options.Epochs;
        _rate = new LearningRate(options.Schedule, options.LearningRate, Steps, (long)(Steps * options.WarmupFraction));
        network.Dropout = options.Dropout ?? network.Options.Dropout;
        _journal = new TrainingJournal
        {
            Variant = network.Variant.Name,
            Options = options with { Precision = ProcessorPrecision.Resolve(options) },
            Images = train.Count,
            ClassNames = train.ClassNames,
            Preprocessing = preprocessing,
            Data = workspace is null ? null : DatasetIdentity.Of(train, validation),
        };
        _gradient = new BatchGradient(network, train, options);
        if (!options.UsesEmbeddings) ChannelsLast.Apply(network);
        _state = new TrainingState(network, options);
    }

    private long Steps { get; }

    /// <summary>The chosen number format, or that of the run that goes on.</summary>
    private TrainingPrecision Precision => _journal.Options.Precision;

    /// <summary>Whether the run was stopped after the last step of an epoch and before it was measured.</summary>
    private bool IsEpochUnfinished => _journal.Sums.Images > 0 && _journal.Step % _batches.BatchesPerEpoch == 0;

    /// <summary>Whether all steps are done, or the validation images have not been classified better for too long.</summary>
    private bool IsDone => _journal.Step >= Steps
        || _options.EarlyStoppingPatience is { } patience && _validation is not null && _journal.Sums.Images == 0
        && _journal.Epochs.Count - _journal.BestEpoch >= patience;

    public DlaTrainingResult Execute(CancellationToken cancel)
    {
        if (_workspace is { Resume: true }) SavedRun.Require(_workspace);
        using var own = _workspace is { Lock: null } ? WorkspaceLock.Take(_workspace.Path) : null;
        if (_workspace is not null) Begin(_workspace, own ?? _workspace.Lock!);
        _state.Parts.Freeze();
        try
        {
            if (!IsDone || IsEpochUnfinished) _batches.Prepare(_workspace, cancel);
            if (IsEpochUnfinished) FinishEpoch((int)(_journal.Step / _batches.BatchesPerEpoch) - 1, cancel);
            while (!IsDone) RunEpoch(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            SaveWhole();
        }
        catch (Exception e) when (MemoryShortage.Is(e))
        {
            throw MemoryShortage.Of(e, _options, _preprocessing.CropSize);
        }
        finally
        {
            _state.Parts.Thaw();
        }
        _state.KeepBest();
        ChannelsLast.Undo(_network);
        _network.eval();
        return new DlaTrainingResult(IsDone && !IsEpochUnfinished, _journal.Epochs, _journal.BestEpoch, Precision)
        {
            BadImages = _batches.BadImages,
            Run = _journal.Run,
        };
    }

    public void Dispose()
    {
        _gradient.Dispose();
        _state.Dispose();
    }

    /// <summary>
    /// Reads the checkpoint of a run that is resumed, or writes the first one: a folder that cannot take it is found out now and not in an hour.
    /// </summary>
    private void Begin(TrainingWorkspace workspace, WorkspaceLock reserved)
    {
        if (!reserved.IsExclusive)
            _monitor?.OnWarning($"'{workspace.Path}' is on a file system without locks. Make sure that no other run uses the folder.");
        if (workspace.Resume)
        {
            _journal = SavedRun.Load(workspace, _journal, keepPrecision: _options.Precision == TrainingPrecision.Auto, _validation is not null, _state);
        }
        else
        {
            SavedRun.RequireNone(workspace);
            _journal = _journal.WithRun(_state);
        }
        workspace.Sweep();
        try
        {
            Save();
            workspace.RequireSpace();
        }
        catch (IOException) when (!workspace.Resume)
        {
            workspace.Discard();
            throw;
        }
    }

    private void RunEpoch(CancellationToken cancel)
    {
        var epoch = (int)(_journal.Step / _batches.BatchesPerEpoch);
        var saved = Stopwatch.StartNew();
        _state.Parts.Train();
        _clock.Start(_batches.Waited);
        foreach (var batch in _batches.Epoch(epoch, (int)(_journal.Step % _batches.BatchesPerEpoch), cancel))
        {
            Step(batch, epoch);
            if (saved.Elapsed < (_workspace?.CheckpointEvery ?? DefaultCheckpointEvery)) continue;
            SaveWhole();
            saved.Restart();
        }
        FinishEpoch(epoch, cancel);
    }

    private void Step(Batch batch, int epoch)
    {
        if (batch.Count < 2)   // batch norms need two images
        {
            _journal = _journal with { Step = _journal.Step + 1, Sums = _journal.Sums.Without(batch) };
            return;
        }
        using var scope = NewDisposeScope();
        random.manual_seed((long)new SampleRandom(_options.Seed, epoch, -2 - (int)(_journal.Step % _batches.BatchesPerEpoch)).Next());   // dropout
        var rate = _rate.At(_journal.Step);
        foreach (var parameter in _state.Parameters) parameter.Weights.grad?.zero_();
        var (loss, correct) = _gradient.Add(batch, Precision);
        if (!float.IsFinite(loss)) throw Diverged($"The loss is {loss}", _journal.Step);
        if (_options.ClipGradientNorm > 0) nn.utils.clip_grad_norm_(_state.Parameters.Select(p => p.Weights), _options.ClipGradientNorm);
        _state.Optimizer.Step(rate, _journal.Step);
        _state.UpdateAverage(_journal.Step);

        var (seconds, waited) = _clock.Tick(_batches.Waited, batch.Count);
        _journal = _journal with { Step = _journal.Step + 1, Sums = _journal.Sums.Plus(batch, loss, correct, seconds, waited) };
        _monitor?.OnStep(new TrainingStep
        {
            Epoch = epoch + 1,
            Epochs = _options.Epochs,
            Step = _journal.Step,
            Steps = Steps,
            Loss = _journal.Sums.MeanLoss,
            Top1 = _journal.Sums.Top1,
            LearningRate = rate,
            ImagesPerSecond = _clock.ImagesPerSecond,
            TimeLeft = TimeSpan.FromSeconds((Steps - _journal.Step) * batch.Count / _clock.ImagesPerSecond),
        });
    }

    private void FinishEpoch(int epoch, CancellationToken cancel)
    {
        if (_journal.Sums.Images == 0) throw new InvalidDataException($"No batch of epoch {epoch + 1} has two images that can be read. " +
            $"Remove the bad images from '{_train.Name}', or make the batches larger.{(_batches.BadImages is [.., var last] ? $" One of them: {last.Reason}" : "")}");
        var measured = _validation is null ? null : _state.WithAverage(() => _batches.Measure(cancel));
        // Finite weights can have an infinite loss while the running statistics are young. Such an epoch is worse than all others; the run continues.
        if (measured is not null && !double.IsFinite(measured.Loss) && !_state.IsFinite())
            throw Diverged($"The validation loss is {measured.Loss}", _journal.Step - 1);
        RequireFinite();
        var sums = _journal.Sums;
        var done = new TrainingEpoch
        {
            Epoch = epoch + 1,
            Loss = sums.MeanLoss,
            Top1 = sums.Top1,
            Validation = measured,
            LearningRate = _rate.At(_journal.Step - 1),
            Duration = TimeSpan.FromSeconds(sums.Seconds),
            Waited = TimeSpan.FromSeconds(sums.Waited),
            BadImages = sums.BadImages,
        };
        var isBest = measured is null || _journal.Epochs.All(e => Rank(e.Validation) < Rank(measured));
        if (isBest) _state.WithAverage(() => KeepAsBest(done));
        _journal = _journal with { Sums = new TrainingSums(), Epochs = [.. _journal.Epochs, done], BestEpoch = isBest ? epoch + 1 : _journal.BestEpoch };
        Save();
        _monitor?.OnEpoch(done);
    }

    private bool KeepAsBest(TrainingEpoch epoch)
    {
        _state.RememberBest();
        if (_workspace is null) return true;
        var measured = epoch.Validation is null ? ((DlaAccuracy, string)?)null : (epoch.Validation, _validation!.Name);
        var card = DlaTrainedModel.Card(_network, _train, _preprocessing, _journal.Options, epoch.Epoch, measured);
        _workspace.Write(_workspace.BestWeights, path => DlaTrainedModel.SaveWeights(_network, card, path, _journal.Run));
        return true;
    }

    /// <summary>The accuracy, below that of all others where the loss is infinite or NaN.</summary>
    private static double Rank(DlaAccuracy? measured) => measured is null ? double.NegativeInfinity : double.IsFinite(measured.Loss) ? measured.Top1 : -1;

    /// <summary>Saves between epochs' ends, unless that would put weights that are no numbers in the place of good ones.</summary>
    private void SaveWhole()
    {
        if (_workspace is null) return;
        RequireFinite();
        Save();
    }

    private void Save()
    {
        if (_workspace is null) return;
        _workspace.WriteCheckpoint(path => _state.Save(path, _journal));
        _workspace.Write(_workspace.Log, _journal.Log());
        _workspace.Write(_workspace.LogTable, _journal.LogTable());
        if (_journal.Epochs.Count > 0) _workspace.Write(_workspace.Curves, LearningCurves.Draw(_journal.Epochs));
    }

    /// <summary>A finite loss can have gradients that are not: the next loss would tell, when the good weights are overwritten.</summary>
    private void RequireFinite()
    {
        if (!_state.IsFinite()) throw Diverged($"Some weights are infinite or no numbers", _journal.Step - 1);
    }

    private TrainingDivergedException Diverged(FormattableString what, long step)
    {
        var remedy = _workspace is null ? "" : $" The last good checkpoint is '{_workspace.Checkpoint}'.";
        return new TrainingDivergedException(FormattableString.Invariant(what) +
            FormattableString.Invariant($" at step {step + 1}, epoch {step / _batches.BatchesPerEpoch + 1}.") +
            FormattableString.Invariant($"{remedy} Lower the learning rate ({_options.LearningRate}), or clip gradients."));
    }
}
