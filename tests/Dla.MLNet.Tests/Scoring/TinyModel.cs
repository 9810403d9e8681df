using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet.Tests;

/// <summary>The small golden model, and what it must give: computed here with a plain session on preprocessed pixels.</summary>
internal static class TinyModel
{
    public const int Classes = 5, EmbeddingLength = 32;

    public static readonly string[] ClassNames = ["ant", "bee", "cat", "dog", "élan"];

    public static string Path { get; } = File("tiny.onnx");

    public static string File(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "models", name);

    /// <summary>The softmax of the logits of an encoded image.</summary>
    public static float[] Probabilities(byte[] image)
    {
        var logits = Run(image, "logits");
        var powers = logits.Select(v => Math.Exp(v)).ToArray();
        return [.. powers.Select(p => (float)(p / powers.Sum()))];
    }

    public static float[] Embedding(byte[] image) => Run(image, "embedding");

    private static float[] Run(byte[] image, string output)
    {
        var preprocessor = new ImagePreprocessor(new ImagePreprocessing { ResizeShortSide = 73, CropSize = 64 });
        var pixels = new float[preprocessor.Length];
        preprocessor.Run(image, pixels);
        using var session = new InferenceSession(Path);
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, 64, 64]);
        using var results = session.Run(options, ["pixels"], [input], [output]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
