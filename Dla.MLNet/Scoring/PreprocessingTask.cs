namespace Dla.MLNet;

/// <summary>Gives the pixels that a model takes.</summary>
internal sealed class PreprocessingTask(ImageReader reader) : ImageTask
{
    public override int Length => reader.Length;

    public override ImageWorker CreateWorker(bool latency, int images) => new Worker(reader);

    public override void Dispose()
    {
    }

    private sealed class Worker(ImageReader reader) : ImageWorker
    {
        public override void Load(int index, ImageInput input, Span<float> values) => reader.Read(input, values);

        public override void Dispose()
        {
        }
    }
}
