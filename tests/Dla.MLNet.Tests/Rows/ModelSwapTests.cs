using Microsoft.ML;

namespace Dla.MLNet.Tests;

/// <summary>Microsoft.Extensions.ML's pool disposes a replaced model while predictions run.</summary>
public sealed class ModelSwapTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(1);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void A_prediction_engine_continues_after_its_model_was_disposed_and_its_file_replaced()
    {
        var path = _images.Write("copy.onnx", File.ReadAllBytes(TinyModel.Path));
        var model = _ml.Transforms.ClassifyImages(path).Fit(_ml.Data.LoadFromEnumerable(_images.Rows));
        using var engine = Engine(model);
        var expected = engine.Predict(_images.Rows[0]).Score;
        model.Dispose();
        File.Delete(path);
        for (var i = 0; i < 3; i++) Assert.Equal(expected, engine.Predict(_images.Rows[0]).Score);
        Assert.Throws<ObjectDisposedException>(() => Engine(model));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_last_of_model_and_rows_that_is_disposed_closes_the_file(bool runsAfterDisposal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "looks at /proc/self/fd");
        var path = _images.Write("copy.onnx", File.ReadAllBytes(TinyModel.Path));
        var rows = _ml.Data.LoadFromEnumerable(_images.Rows);
        var model = _ml.Transforms.ClassifyImages(path).Fit(rows);
        var mapper = model.GetRowToRowMapper(rows.Schema);
        using var cursor = rows.GetRowCursor(rows.Schema);
        Assert.True(cursor.MoveNext());
        var row = mapper.GetRow(cursor, mapper.OutputSchema);
        model.Dispose();
        Assert.Contains(path, OpenFiles());
        if (runsAfterDisposal)
        {
            var label = 0u;
            row.GetGetter<uint>(mapper.OutputSchema["PredictedLabel"])(ref label);
            Assert.InRange(label, 1u, (uint)TinyModel.Classes);
        }
        row.Dispose();
        Assert.DoesNotContain(path, OpenFiles());
    }

    [Fact]
    public async Task Predictions_on_many_threads_survive_the_disposal_of_their_model()
    {
        var rows = _ml.Data.LoadFromEnumerable(_images.Rows);
        for (var swap = 0; swap < 5; swap++)
        {
            var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(rows);
            using var ready = new CountdownEvent(4);
            using var disposed = new ManualResetEventSlim();
            var users = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                using var engine = Engine(model);
                engine.Predict(_images.Rows[0]);
                ready.Signal();
                while (!disposed.IsSet) engine.Predict(_images.Rows[0]);
                return engine.Predict(_images.Rows[0]).PredictedLabel;
            })).ToArray();
            ready.Wait(TestContext.Current.CancellationToken);
            model.Dispose();
            disposed.Set();
            Assert.Single((await Task.WhenAll(users)).Distinct());
        }
    }

    private PredictionEngine<PathRow, ScoreRow> Engine(ITransformer model) =>
        _ml.Model.CreatePredictionEngine<PathRow, ScoreRow>(model, new PredictionEngineOptions { OwnsTransformer = false });

    private static IEnumerable<string?> OpenFiles() => Directory.GetFiles("/proc/self/fd").Select(f => File.ResolveLinkTarget(f, false)?.FullName);
}
