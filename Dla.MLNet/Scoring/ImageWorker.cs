namespace Dla.MLNet;

/// <summary>Works on a few images at a time with buffers of its own: load each, run once, read each. Not thread-safe.</summary>
internal abstract class ImageWorker : IDisposable
{
    /// <summary>Images that one run takes.</summary>
    public virtual int BatchSize => 1;

    /// <summary>Whether another worker should be made instead, because what this one uses was replaced.</summary>
    public virtual bool IsStale => false;

    /// <summary>Decodes and prepares an image.</summary>
    /// <param name="index">Its place in the batch.</param>
    /// <param name="input">The image.</param>
    /// <param name="values">Where <see cref="Read"/> will put its values; a worker without a model fills it at once.</param>
    /// <exception cref="ImageDecodeException">The image cannot be read.</exception>
    public abstract void Load(int index, ImageInput input, Span<float> values);

    /// <summary>Runs the model on the loaded images.</summary>
    public virtual void Run()
    {
    }

    /// <summary>Writes an image's values.</summary>
    public virtual void Read(int index, Span<float> values)
    {
    }

    /// <summary>Ends the current run soon, and all later ones. May be called from any thread, also after disposal.</summary>
    public virtual void Stop()
    {
    }

    public abstract void Dispose();
}
