using System.Diagnostics;
using Dla.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Cli.Benchmarking;

/// <summary>Measures throughput, latency and agreement of models on the same images.</summary>
internal sealed class ModelBenchmark(IReadOnlyList<byte[]> images, double seconds, string device, CancellationToken cancel)
{
    private readonly MLContext _ml = new(seed: 1);

    /// <summary>Measures the models; the first is what the others are compared with.</summary>
    /// <param name="models">ONNX files, and how their images are prepared.</param>
    /// <param name="parallelisms">Images at the same time, each measured.</param>
    /// <param name="progress">Told what is measured next.</param>
    public List<ModelMeasurement> Run(IReadOnlyList<DlaClassifierOptions> models, IReadOnlyList<int> parallelisms, Action<string> progress)
    {
        var measured = new List<ModelMeasurement>();
        List<float[]>? first = null;
        IReadOnlyList<string>? classes = null;
        foreach (var model in models)
        {
            var throughput = new SortedDictionary<int, double>();
            foreach (var parallelism in parallelisms)
            {
                progress($"{Path.GetFileName(model.ModelPath)}: throughput, {parallelism} at a time");
                throughput[parallelism] = Throughput(model, parallelism);
            }
            progress($"{Path.GetFileName(model.ModelPath)}: latency");
            var latencies = Latencies(model);
            var (scores, names) = Scores(model);
            classes ??= names;
            first ??= scores;
            var comparable = names.SequenceEqual(classes);
            measured.Add(new ModelMeasurement(model.ModelPath, new FileInfo(model.ModelPath).Length / 1e6, throughput, Percentile(latencies, 0.50),
                Percentile(latencies, 0.95), Percentile(latencies, 0.99),
                comparable ? first.Zip(scores, (a, b) => Best(a) == Best(b) ? 1.0 : 0.0).Average() : null,
                comparable ? first.Zip(scores, (a, b) => (double)Math.Abs(a[Best(a)] - b[Best(a)])).Average() : null));
        }
        return measured;
    }

    private double Throughput(DlaClassifierOptions model, int parallelism)
    {
        using var classifier = _ml.Transforms.ClassifyImages(Options(model) with { Parallelism = parallelism, Mode = ScoringMode.Throughput }).Fit(Rows(0));
        _ = Count(classifier, 2 * parallelism);
        var start = Stopwatch.GetTimestamp();
        var (count, batch) = (0, 4 * parallelism);
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            count += Count(classifier, batch);
            batch = Math.Max(batch, (int)(count / Stopwatch.GetElapsedTime(start).TotalSeconds * seconds / 2));
        }
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private List<double> Latencies(DlaClassifierOptions model)
    {
        using var classifier = DlaClassifier.Open(model.ModelPath, Options(model));
        for (var i = 0; i < 3; i++) classifier.Predict(images[i % images.Count], 1, cancel);
        var (milliseconds, start) = (new List<double>(), Stopwatch.GetTimestamp());
        while (milliseconds.Count < 20 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            var before = Stopwatch.GetTimestamp();
            classifier.Predict(images[milliseconds.Count % images.Count], 1, cancel);
            milliseconds.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }
        milliseconds.Sort();
        return milliseconds;
    }

    private (List<float[]> Scores, IReadOnlyList<string> ClassNames) Scores(DlaClassifierOptions model)
    {
        using var classifier = _ml.Transforms.ClassifyImages(Options(model)).Fit(Rows(0));
        return ([.. classifier.Transform(Rows(images.Count)).GetColumn<float[]>("Score")], classifier.ClassNames);
    }

    private DlaClassifierOptions Options(DlaClassifierOptions model) =>
        model with { InputColumnName = nameof(BenchmarkRow.Image), Device = device, CancellationToken = cancel };

    private int Count(DlaClassifyingTransformer classifier, int rows) => classifier.Transform(Rows(rows)).GetColumn<uint>("PredictedLabel").Count();

    private IDataView Rows(int count) =>
        _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new BenchmarkRow { Image = images[i % images.Count] }));

    private static double Percentile(List<double> sorted, double fraction) => sorted[Math.Min(sorted.Count - 1, (int)(fraction * sorted.Count))];

    private static int Best(float[] scores) => Array.IndexOf(scores, scores.Max());
}
