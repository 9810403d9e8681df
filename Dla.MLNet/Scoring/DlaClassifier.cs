using System.Buffers;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Classifies single images, without ML.NET's rows: for web apps and tools.</summary>
/// <remarks>Thread-safe: open one and share it. A single call runs on all processors, calls at the same time on one each.</remarks>
/// <example><code>
/// using var classifier = DlaClassifier.Open("dla34.onnx");
/// var prediction = classifier.Predict("koala.jpg");
/// Console.WriteLine($"{prediction.Label} {prediction.Probability:p1}");
/// </code></example>
public sealed class DlaClassifier : IDisposable
{
    private readonly ClassifyingModel _model;
    private readonly SingleImages _images;
    private readonly Lazy<ActivationMapper> _mapper;
    private volatile bool _disposed;

    private DlaClassifier(ClassifyingModel model)
    {
        _model = model;
        var crowd = new SingleImages.Crowd(model.Options.Parallelism);
        _images = new SingleImages(model.Task, model.Options.Mode, crowd);
        _mapper = new Lazy<ActivationMapper>(() => ActivationMapper.Open(_model, crowd));
    }

    /// <summary>
    /// The model's card, with the class names and the preprocessing that are in effect: those of the options where they are given. Classes without names
    /// are called 0, 1, ….
    /// </summary>
    public DlaModelCard Card => _model.Card;

    /// <summary>The names of the classes, in the order of the model's outputs.</summary>
    public IReadOnlyList<string> ClassNames => _model.ClassNames;

    /// <summary>Whether <c>Explain</c> works: the model has the output <c>features</c>, and a linear head on their average. Loads the model.</summary>
    public bool CanExplain
    {
        get
        {
            try
            {
                return Mapper is not null;
            }
            catch (NotSupportedException)
            {
                return false;
            }
        }
    }

    /// <summary>Opens a model. The file's outline and card are read; the weights with the first prediction.</summary>
    /// <param name="modelPath">The ONNX file.</param>
    /// <param name="options">
    /// Preprocessing, class names, device and so on; its <see cref="DlaScoringOptions.ModelPath"/> is replaced by <paramref name="modelPath"/>. Columns,
    /// what happens to bad images, and the token have no meaning here: each call throws, and takes a token of its own.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is not an ONNX file, or is damaged.</exception>
    /// <exception cref="NotSupportedException">The model does not take images or does not give class scores.</exception>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    public static DlaClassifier Open(string modelPath, DlaClassifierOptions? options = null) =>
        new(ClassifyingModel.Open(options is null ? new DlaClassifierOptions { ModelPath = modelPath } : options with { ModelPath = modelPath }));

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">The file, or a pipe, which is read to its end and at most 256 MiB.</param>
    /// <param name="top">How many classes to tell; fewer where the model has fewer.</param>
    /// <param name="cancel">Stops within 100 ms and the time that decoding the image takes.</param>
    /// <exception cref="ImageDecodeException">The file is absent, damaged or not an image.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The image waited for memory longer than <see cref="ImageMemoryBudget.MaxWait"/>, or the system has none left. Try again later.
    /// </exception>
    /// <exception cref="NotFiniteNumberException">The model's scores for the image are not numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="top"/> is below 1.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime cannot run the model on an input of its preprocessing's size.</exception>
    /// <exception cref="FormatException">ONNX Runtime, which loads the weights with the first prediction, finds the file damaged.</exception>
    /// <exception cref="DllNotFoundException">There is no native ONNX Runtime; the message says which package to add.</exception>
    public DlaPrediction Predict(string path, int top = 5, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Predict(ImageInput.Of(path, cancel), top, cancel);
    }

    /// <summary>Classifies an encoded image, such as the bytes of an upload.</summary>
    /// <inheritdoc cref="Predict(string, int, CancellationToken)"/>
    /// <param name="encoded">The bytes of an image file.</param>
    /// <param name="top">How many classes to tell; fewer where the model has fewer.</param>
    /// <param name="cancel">Stops within 100 ms and the time that decoding the image takes.</param>
    public DlaPrediction Predict(ReadOnlySpan<byte> encoded, int top = 5, CancellationToken cancel = default) =>
        Predict(ImageInput.Of(encoded, cancel), top, cancel);

    /// <summary>Classifies an image in memory, which stays the caller's.</summary>
    /// <inheritdoc cref="Predict(string, int, CancellationToken)"/>
    /// <param name="image">The image, upright: ML.NET drops a file's EXIF orientation and premultiplies alpha. Prefer the path or the bytes of a file.</param>
    /// <param name="top">How many classes to tell; fewer where the model has fewer.</param>
    /// <param name="cancel">Stops within 100 ms and the time that decoding the image takes.</param>
    public DlaPrediction Predict(MLImage image, int top = 5, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Predict(ImageInput.Of(image), top, cancel);
    }

    /// <summary>Classifies an image file and tells which parts of it speak for the best classes.</summary>
    /// <remarks>
    /// The model gives its <c>features</c> for that, so that a call costs hardly more than <see cref="Predict(string, int, CancellationToken)"/>.
    /// </remarks>
    /// <param name="path">The file, or a pipe, which is read to its end and at most 256 MiB.</param>
    /// <param name="top">How many classes to explain; fewer where the model has fewer.</param>
    /// <param name="cancel">Stops within 100 ms and the time that decoding the image takes.</param>
    /// <exception cref="ImageDecodeException">The file is absent, damaged or not an image.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The image waited for memory longer than <see cref="ImageMemoryBudget.MaxWait"/>, or the system has none left. Try again later.
    /// </exception>
    /// <exception cref="NotFiniteNumberException">The model's scores for the image are not numbers.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime cannot run the model on an input of its preprocessing's size.</exception>
    /// <exception cref="NotSupportedException">The model has no output <c>features</c>, or its classes are not a linear layer on their average.</exception>
    public DlaExplanation Explain(string path, int top = 5, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Explain(ImageInput.Of(path, cancel), top, cancel);
    }

    /// <summary>Classifies an encoded image, such as the bytes of an upload, and tells which parts of it speak for the best classes.</summary>
    /// <inheritdoc cref="Explain(string, int, CancellationToken)"/>
    /// <param name="encoded">The bytes of an image file.</param>
    /// <param name="top">How many classes to explain; fewer where the model has fewer.</param>
    /// <param name="cancel">Stops within 100 ms and the time that decoding the image takes.</param>
    public DlaExplanation Explain(ReadOnlySpan<byte> encoded, int top = 5, CancellationToken cancel = default) =>
        Explain(ImageInput.Of(encoded, cancel), top, cancel);

    /// <summary>Classifies an image in memory, which stays the caller's, and tells which parts of it speak for the best classes.</summary>
    /// <inheritdoc cref="Explain(string, int, CancellationToken)"/>
    /// <param name="image">The image, upright: ML.NET drops a file's EXIF orientation and premultiplies alpha. Prefer the path or the bytes of a file.</param>
    /// <param name="top">How many classes to explain; fewer where the model has fewer.</param>
    /// <param name="cancel">Stops within 100 ms and the time that decoding the image takes.</param>
    public DlaExplanation Explain(MLImage image, int top = 5, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Explain(ImageInput.Of(image), top, cancel);
    }

    /// <summary>Frees the model once the calls in progress have ended.</summary>
    public void Dispose()
    {
        _disposed = true;
        _images.Dispose();
        if (_mapper.IsValueCreated) _mapper.Value.Dispose();
        _model.Dispose();
    }

    private ActivationMapper Mapper
    {
        get
        {
            var mapper = _mapper.Value;
            if (_disposed) mapper.Dispose();   // it may have come to be after Dispose looked
            return mapper;
        }
    }

    private DlaPrediction Predict(ImageInput image, int top, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        var buffer = ArrayPool<float>.Shared.Rent(ClassNames.Count);
        try
        {
            var scores = buffer.AsSpan(0, ClassNames.Count);
            _images.Run(image, scores, cancel);
            return Best(scores, Math.Min(top, scores.Length));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    private DlaExplanation Explain(ImageInput image, int top, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        var mapper = Mapper;
        var buffer = ArrayPool<float>.Shared.Rent(mapper.Length);
        try
        {
            var values = buffer.AsSpan(0, mapper.Length);
            mapper.Run(image, values, cancel);
            var prediction = Best(values[..ClassNames.Count], Math.Min(top, ClassNames.Count));
            return new DlaExplanation(prediction, mapper.Maps(prediction.Top, values[ClassNames.Count..]));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <summary>The largest scores, best first; among equals the earlier class.</summary>
    private DlaPrediction Best(ReadOnlySpan<float> scores, int count)
    {
        foreach (var score in scores)
        {
            if (!float.IsFinite(score))
                throw new NotFiniteNumberException($"'{_model.Options.ModelPath}' gives {score} as a score of an image. " +
                    "If it computes in float16, export it in float32; else look at its weights.");
        }
        var best = new DlaClassProbability[count];
        var found = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (found == count && !(scores[i] > best[found - 1].Probability)) continue;
            var place = found < count ? found++ : found - 1;
            while (place > 0 && scores[i] > best[place - 1].Probability) best[place] = best[--place];
            best[place] = new DlaClassProbability(ClassNames[i], scores[i], i);
        }
        return new DlaPrediction(best[0].Label, best[0].Probability, best);
    }
}
