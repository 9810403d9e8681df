using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet.Tests;

public sealed class ExplainTests
{
    private static string Model => TinyModel.File("tiny-features.onnx");

    [Fact]
    public void The_mean_of_a_map_and_the_bias_are_the_logit_and_the_prediction_is_the_same()
    {
        var image = TestImages.Png(3);
        using var classifier = DlaClassifier.Open(Model);
        var explanation = classifier.Explain(image);
        var pixels = new float[3 * 64 * 64];
        new ImagePreprocessor(classifier.Card.Preprocessing).Run(image, pixels);
        using var session = new InferenceSession(Model);
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, 64, 64]);
        using var results = session.Run(new RunOptions(), ["pixels"], [input], ["logits"]);
        var logits = results[0].GetTensorDataAsSpan<float>().ToArray();
        Assert.Equal(5, explanation.Maps.Count);
        foreach (var (map, top) in explanation.Maps.Zip(explanation.Prediction.Top))
        {
            Assert.Equal((top.Label, 2, 2), (map.ClassName, map.Height, map.Width));
            Assert.Equal(logits[top.Index], map.Values.ToArray().Average() + map.Bias, 1e-4f);
        }
        Assert.Equal(classifier.Predict(image).Top, explanation.Prediction.Top);
    }

    [Fact]
    public void Paths_bytes_and_images_in_memory_are_explained_alike()
    {
        using var folder = new ImageFolder(1);
        using var classifier = DlaClassifier.Open(Model);
        using var image = MLImage.CreateFromFile(folder.Files[0]);
        var expected = classifier.Explain(folder.Files[0], top: 2).Maps[0];
        Assert.Equal(expected.Values.ToArray(), classifier.Explain(File.ReadAllBytes(folder.Files[0]), top: 2).Maps[0].Values.ToArray());
        Assert.Equal(expected.Values.ToArray(), classifier.Explain(image, top: 2).Maps[0].Values.ToArray());
        Assert.Equal(expected.Overlay(folder.Files[0]), expected.Overlay(File.ReadAllBytes(folder.Files[0])));
        Assert.Equal(expected.Overlay(folder.Files[0]), expected.Overlay(image));
        var explanation = classifier.Explain(image, top: 2);
        Assert.Equal(explanation.Maps.Select(m => m.Overlay(folder.Files[0])), explanation.Overlays(folder.Files[0]));
        Assert.Equal(explanation.Overlays(folder.Files[0]), explanation.Overlays(File.ReadAllBytes(folder.Files[0])));
    }

    [Fact]
    public void Many_threads_explain_and_predict_at_once()
    {
        using var classifier = DlaClassifier.Open(Model);
        var expected = Enumerable.Range(0, 4).Select(i => classifier.Explain(TestImages.Png(i), top: 1).Maps[0].Values.ToArray()).ToArray();
        Parallel.For(0, 80, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (i % 3 == 0) classifier.Predict(TestImages.Png(i % 4));
            var map = classifier.Explain(TestImages.Png(i % 4), top: 1).Maps[0].Values.ToArray();
            Assert.All(map, (v, k) => Assert.Equal(expected[i % 4][k], v, 1e-3f));
        });
    }

    [Fact]
    public void What_cannot_be_explained_says_why()
    {
        using var without = DlaClassifier.Open(TinyModel.Path);
        var message = Assert.Throws<NotSupportedException>(() => without.Explain(TestImages.Png(0))).Message;
        Assert.Contains("tiny.onnx", message, StringComparison.Ordinal);
        Assert.Contains("dla export … --outputs logits,features", message, StringComparison.Ordinal);
        Assert.NotEmpty(without.Predict(TestImages.Png(0)).Label);

        using var classifier = DlaClassifier.Open(Model);
        Assert.Throws<ImageDecodeException>(() => classifier.Explain("not an image"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => classifier.Explain(TestImages.Png(0), top: 0));
        Assert.ThrowsAny<OperationCanceledException>(() => classifier.Explain(TestImages.Png(0), cancel: new CancellationToken(canceled: true)));
        classifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => classifier.Explain(TestImages.Png(0)));
    }

    [Fact]
    public void Features_that_the_head_does_not_average_are_refused()
    {
        // The output features reads a level that the head does not see.
        var model = File.ReadAllBytes(Model);
        using var folder = new ImageFolder(0);
        var path = folder.Write("other.onnx", Replace(model, "features", "/level2/root/relu/output", "/level5/root/relu/output"));
        using var classifier = DlaClassifier.Open(path);
        Assert.Contains("not a linear layer", Assert.Throws<NotSupportedException>(() => classifier.Explain(TestImages.Png(0))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The model whose Identity that makes <paramref name="output"/> reads another tensor; both names have the same length.</summary>
    private static byte[] Replace(byte[] model, string output, string read, string instead)
    {
        var (before, after) = (System.Text.Encoding.UTF8.GetBytes(instead), System.Text.Encoding.UTF8.GetBytes(read));
        var node = model.AsSpan().LastIndexOf(System.Text.Encoding.UTF8.GetBytes("/" + output));
        var at = model.AsSpan(0, node).LastIndexOf(before);
        Assert.True(at > 0 && before.Length == after.Length);
        after.CopyTo(model.AsSpan(at));
        return model;
    }
}
