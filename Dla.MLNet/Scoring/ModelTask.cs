namespace Dla.MLNet;

/// <summary>Gives outputs of a model, one behind the other: class probabilities, the embedding, feature planes.</summary>
internal sealed class ModelTask(ScoringModel model, IReadOnlyList<ModelOutput> outputs, ImageReader reader) : ImageTask
{
    public override int Length { get; } = outputs.Sum(o => o.Length);

    public override int BatchSize => model.BatchSize;

    public override event Action? WorkersStale
    {
        add => model.SessionReplaced += value;
        remove => model.SessionReplaced -= value;
    }

    public override ImageWorker CreateWorker(bool latency, int images) => Create(model.Session(latency), images, isStandIn: false);

    public override ImageWorker CreateSingleWorker(bool latency) => Create(model.SessionOrOther(latency, out var isOther), images: 1, isOther);

    private Worker Create(ModelSession session, int images, bool isStandIn)
    {
        var batch = model.Input.FixedBatch ?? Math.Min(images, model.BatchSize);
        return new Worker(new ModelRunner(session, model.Input, outputs, batch), model.Input.IsBytes, batch, isStandIn, outputs, reader);
    }

    public override ImageWorker CreateReadingWorker() => new ReadingWorker(reader);

    public override IDisposable Use() => model.Use();

    public override ScoringModel.RowHold Hold() => model.Hold();

    public override void Dispose() => model.Dispose();

    private sealed class ReadingWorker(ImageReader reader) : ImageWorker
    {
        private readonly float[] _pixels = new float[reader.Length];

        public override void Load(int index, ImageInput input, Span<float> values) => reader.Read(input, _pixels);

        public override void Dispose()
        {
        }
    }

    private sealed class Worker(ModelRunner runner, bool takesBytes, int batch, bool isStandIn, IReadOnlyList<ModelOutput> outputs, ImageReader reader)
        : ImageWorker
    {
        public override int BatchSize => batch;

        public override bool IsStale => isStandIn || runner.IsStale;

        public override void Load(int index, ImageInput input, Span<float> values)
        {
            if (takesBytes) reader.Read(input, runner.Bytes(index));
            else reader.Read(input, runner.Pixels(index));
        }

        public override void Run() => runner.Run();

        public override void Read(int index, Span<float> values)
        {
            for (var i = 0; i < outputs.Count; i++)
            {
                var part = values[..outputs[i].Length];
                runner.Result(i, index).CopyTo(part);
                if (outputs[i].IsLogits) Softmax(part);
                values = values[part.Length..];
            }
        }

        public override void Stop() => runner.Stop();

        public override void Dispose() => runner.Dispose();

        private static void Softmax(Span<float> values)
        {
            var (largest, sum) = (float.NegativeInfinity, 0.0);
            foreach (var v in values) largest = Math.Max(largest, v);
            foreach (ref var v in values) sum += v = MathF.Exp(v - largest);
            foreach (ref var v in values) v = (float)(v / sum);
        }
    }
}
