using System.Globalization;
using Dla.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Benchmarks;

/// <summary>What is measured as a process of its own.</summary>
internal static class ScoringChild
{
    /// <param name="what">memory, session or first.</param>
    /// <param name="model">The ONNX file.</param>
    /// <param name="folder">The folder of photos.</param>
    /// <param name="count">Rows to score.</param>
    public static int Run(string what, string model, string folder, int count)
    {
        var photos = Directory.GetFiles(folder, "*.jpg");
        if (what == "memory") Memory(model, photos, count);
        else if (what == "session") Session(model);
        else First(model, photos);
        return 0;
    }

    /// <summary>Scores so many rows and prints the peak of the process's memory in MB.</summary>
    private static void Memory(string model, string[] photos, int count)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new PhotoRow { ImagePath = photos[i % photos.Length] }));
        using var classifier = ml.Transforms.ClassifyImages(model).Fit(data);
        _ = classifier.Transform(data).GetColumn<uint>("PredictedLabel").Count();
        var peak = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        Console.WriteLine(double.Parse(peak, CultureInfo.InvariantCulture) / 1024);
    }

    /// <summary>The least that any program must do: create the session and run it once.</summary>
    private static void Session(string model)
    {
        using var session = new InferenceSession(model);
        using var options = new RunOptions();
        long[] shape = [.. session.InputMetadata[session.InputNames[0]].Dimensions.Select((size, axis) => size > 0 ? size : axis == 0 ? 1L : 224L)];
        using var input = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate((a, b) => a * b)], shape);
        using var results = session.Run(options, [session.InputNames[0]], [input], [session.OutputNames[0]]);
    }

    private static void First(string model, string[] photos)
    {
        using var classifier = DlaClassifier.Open(model);
        Console.WriteLine(classifier.Predict(photos[0]).Label);
    }
}
