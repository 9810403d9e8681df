using System.Diagnostics;
using Dla.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Benchmarks;

/// <summary>The ways to score that are compared; each takes the number of images to score.</summary>
internal sealed class ScoringContenders : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IReadOnlyList<string> _photos;
    private readonly ITransformer _stock;
    private readonly DlaClassifyingTransformer _ours;
    private readonly DlaClassifier _single;
    private readonly InferenceSession _oneThread, _default;
    private readonly MLImage _image;
    private readonly ImagePreprocessor _preprocessor;
    private readonly float[] _pixels;
    private readonly int _size, _classes;
    private readonly string _output;

    public ScoringContenders(string model, IReadOnlyList<string> photos)
    {
        _photos = photos;
        var empty = _ml.Data.LoadFromEnumerable(new List<PhotoRow>());
        _ours = _ml.Transforms.ClassifyImages(model).Fit(empty);
        (_size, _classes) = (_ours.Card.Preprocessing.CropSize, _ours.ClassNames.Count);
        using (var options = new SessionOptions { IntraOpNumThreads = 1 })
        {
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            _oneThread = new InferenceSession(model, options);
        }
        _default = new InferenceSession(model);
        _output = _default.OutputNames[0];
        _single = DlaClassifier.Open(model);
        _image = MLImage.CreateFromFile(photos[0]);
        _preprocessor = new ImagePreprocessor(_ours.Card.Preprocessing);
        _pixels = new float[_preprocessor.Length];
        _stock = _ml.Transforms.LoadImages("Image", null, "ImagePath")
            .Append(_ml.Transforms.ResizeImages("Image", _size, _size, resizing: Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind.IsoCrop))
            .Append(_ml.Transforms.ExtractPixels(_default.InputNames[0], "Image", offsetImage: 0.45f * 255, scaleImage: 1 / (0.225f * 255)))
            .Append(_ml.Transforms.ApplyOnnxModel(_output, _default.InputNames[0], model))
            .Fit(empty);
    }

    /// <summary>LoadImages → ResizeImages → ExtractPixels → ApplyOnnxModel.</summary>
    public void Stock(int count) => Consume(_stock, _output, count);

    public void Ours(int count) => Consume(_ours, "Score", count);

    /// <summary>As many single-threaded concurrent runs as there are processors, no images at all.</summary>
    public void Ceiling(int count)
    {
        var left = count;
        var threads = Enumerable.Range(0, Environment.ProcessorCount)
            .Select(_ => new Thread(() => RunWhile(_oneThread, () => Interlocked.Decrement(ref left) >= 0))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
    }

    /// <summary>Runs one after another on a session with default threads.</summary>
    public void DefaultSession(int count) => RunWhile(_default, () => count-- > 0);

    /// <summary>
    /// What <see cref="Single"/> does, written by hand: an image already decoded is resized and normalised, and run on a session with default threads.
    /// </summary>
    public void ByHand(int count) => RunWhile(_default, () => count-- > 0, pixels => _preprocessor.Run(_image, pixels));

    /// <summary>Single predictions, one after another, on an image already decoded.</summary>
    public void Single(int count)
    {
        for (var i = 0; i < count; i++) _single.Predict(_image);
    }

    /// <summary>What a single prediction does before the model runs.</summary>
    public void Prepare(int count)
    {
        for (var i = 0; i < count; i++) _preprocessor.Run(_image, _pixels);
    }

    /// <summary>How many images take about so many seconds.</summary>
    public int CountFor(double seconds)
    {
        Stock(4);
        Ours(Environment.ProcessorCount * 4);
        Ceiling(Environment.ProcessorCount * 4);
        var start = Stopwatch.GetTimestamp();
        Ceiling(16);
        return Math.Max(32, (int)(seconds * 16 / Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    public void Dispose()
    {
        (_stock as IDisposable)?.Dispose();
        _ours.Dispose();
        _single.Dispose();
        _oneThread.Dispose();
        _default.Dispose();
        _image.Dispose();
    }

    private void Consume(ITransformer model, string column, int count)
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new PhotoRow { ImagePath = _photos[i % _photos.Count] }));
        var scored = model.Transform(data);
        using var cursor = scored.GetRowCursor([scored.Schema[column]]);
        var getter = cursor.GetGetter<VBuffer<float>>(scored.Schema[column]);
        VBuffer<float> value = default;
        while (cursor.MoveNext()) getter(ref value);
    }

    private void RunWhile(InferenceSession session, Func<bool> more, Action<float[]>? prepare = null)
    {
        var pixels = new float[3 * _size * _size];
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, _size, _size]);
        using var output = OrtValue.CreateTensorValueFromMemory(new float[_classes], [1, _classes]);
        string[] inputs = [session.InputNames[0]], outputs = [_output];
        OrtValue[] from = [input], to = [output];
        while (more())
        {
            prepare?.Invoke(pixels);
            session.Run(options, inputs, from, outputs, to);
        }
    }
}
