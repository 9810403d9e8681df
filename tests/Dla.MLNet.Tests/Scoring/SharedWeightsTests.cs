using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet.Tests;

public sealed class SharedWeightsTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(8);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("tiny.onnx")]
    [InlineData("tiny-bytes.onnx")]
    [InlineData("tiny-int8.onnx")]
    public void Sessions_on_shared_weights_give_what_a_plain_session_gives(string name)
    {
        using var model = _ml.Transforms.ClassifyImages(TinyModel.File(name)).Fit(Data());
        var bulk = model.Transform(Data()).GetColumn<float[]>("Score").ToList();
        using var engine = _ml.Model.CreatePredictionEngine<PathRow, ScoreRow>(model, new PredictionEngineOptions { OwnsTransformer = false });
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var row in _images.Rows) AssertClose(bulk[row.Number], engine.Predict(row).Score);
            Assert.All(model.Transform(Data()).GetColumn<float[]>("Score"), (s, i) => AssertClose(bulk[i], s));
        }
    }

    [Fact]
    public void Single_predictions_go_on_while_a_data_set_is_scored()
    {
        using var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(Data());
        using var warm = _ml.Model.CreatePredictionEngine<PathRow, ScoreRow>(model, new PredictionEngineOptions { OwnsTransformer = false });
        var expected = _images.Rows.Select(r => warm.Predict(r).Score).ToList();
        Parallel.For(0, 12, i =>
        {
            if (i % 3 == 0)
            {
                Assert.All(model.Transform(Data()).GetColumn<float[]>("Score"), (s, k) => AssertClose(expected[k], s));
                return;
            }
            using var engine = new MLContext().Model.CreatePredictionEngine<PathRow, ScoreRow>(model, new PredictionEngineOptions { OwnsTransformer = false });
            foreach (var row in _images.Rows) AssertClose(expected[row.Number], engine.Predict(row).Score);
        });
    }

    [Fact]
    public void A_session_that_was_replaced_is_let_go_of()
    {
        using var model = ScoringModel.Open(ModelSource.FromFile(TinyModel.Path), new DlaClassifierOptions { ModelPath = TinyModel.Path });
        var replaced = 0;
        model.SessionReplaced += () => replaced++;
        var first = model.Session(latency: true);
        var others = Enumerable.Range(0, 2).Select(i => model.Session(latency: i == 1)).ToList();
        var hasTwo = Environment.ProcessorCount > 1;   // with one processor both kinds are the same session
        Assert.Equal((hasTwo, hasTwo ? 1 : 0), (first.IsRetired, replaced));
        Assert.All(others, s => Assert.False(s.IsRetired));
        foreach (var session in others.Append(first)) session.RemoveUser();
    }

    [Fact]
    public async Task Callers_who_meet_the_making_of_a_session_go_on_with_the_other_one()
    {
        for (var round = 0; round < 5; round++)
        {
            using var model = ScoringModel.Open(ModelSource.FromFile(TinyModel.Path), new DlaClassifierOptions { ModelPath = TinyModel.Path });
            var first = model.Session(latency: true);
            using var barrier = new Barrier(8);
            var sessions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
            {
                barrier.SignalAndWait();
                var session = model.SessionOrOther(latency: false, out var isOther);
                using var runner = new ModelRunner(session, model.Input, [new ModelOutput("logits", 5, 2, IsLogits: true)], batch: 1);
                runner.Run();
                return (session, isOther);
            }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.All(sessions, s => Assert.Equal(s.isOther, Environment.ProcessorCount > 1 && s.session == first));
            Assert.Contains(sessions, s => !s.isOther);
            var last = model.SessionOrOther(latency: false, out var isOther);
            Assert.Equal((false, false), (last.IsRetired, isOther));
            last.RemoveUser();
            first.RemoveUser();
        }
    }

    [Fact]
    public void The_weights_are_those_that_the_optimiser_wrote()
    {
        using var weights = SharedWeights.TryCreate(() => File.ReadAllBytes(TinyModel.Path))!;
        Assert.InRange(weights.Length, new FileInfo(TinyModel.Path).Length / 2, 4 * new FileInfo(TinyModel.Path).Length);   // small ones stay in the graph
        using var session = weights.CreateSession(new SessionOptions());
        Assert.Equal(["pixels"], session.InputNames);
        Assert.Equal(["logits", "embedding"], session.OutputNames);
        Assert.Null(SharedWeights.TryCreate(() => [1, 2, 3]));
        Assert.Null(SharedWeights.TryCreate(() => File.ReadAllBytes(TinyModel.Path), folder: "/no/temporary/folder"));
    }

    private IDataView Data() => _ml.Data.LoadFromEnumerable(_images.Rows);

    private static void AssertClose(float[] expected, float[] actual) => Assert.All(expected, (e, i) => Assert.Equal(e, actual[i], 5e-5f));
}
