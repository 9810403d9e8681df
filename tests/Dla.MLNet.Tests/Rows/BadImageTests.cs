using Microsoft.ML;

namespace Dla.MLNet.Tests;

public sealed class BadImageTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(12);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void By_default_the_row_throws_and_names_row_path_and_reason_after_the_rows_before_it()
    {
        File.WriteAllText(_images.Files[7], "this is no picture");
        var scored = Score(new DlaClassifierOptions { ModelPath = TinyModel.Path, Parallelism = 3 });
        var seen = 0;
        var error = Assert.Throws<ImageDecodeException>(() =>
        {
            foreach (var row in Read(scored)) Assert.Equal(seen++, row.Number);
        });
        Assert.Equal(7, seen);
        Assert.Contains("Row 7", error.Message, StringComparison.Ordinal);
        Assert.Contains(_images.Files[7], error.Message, StringComparison.Ordinal);
        Assert.Contains("Missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(_images.Files[7], error.Path);
    }

    [Fact]
    public void A_bad_row_s_error_is_thrown_again_and_never_taken_for_a_stop()
    {
        File.WriteAllText(_images.Files[1], "this is no picture");
        var scored = Score(new DlaClassifierOptions { ModelPath = TinyModel.Path });
        using var cursor = scored.GetRowCursor(scored.Schema);
        Assert.True(cursor.MoveNext());
        for (var i = 0; i < 2; i++) Assert.Contains("Row 1:", Assert.Throws<ImageDecodeException>(() => cursor.MoveNext()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_a_stock_transform_the_innermost_image_error_names_the_row()
    {
        File.Delete(_images.Files[3]);
        var chain = _ml.Transforms.ClassifyImages(TinyModel.Path).Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedName", "PredictedLabel"))
            .Fit(Data());
        var error = Assert.ThrowsAny<Exception>(() => Read(chain.Transform(Data())).Count());
        while (error is not ImageDecodeException && error.InnerException is not null) error = error.InnerException;
        Assert.Contains("Row 3", Assert.IsType<ImageDecodeException>(error).Message, StringComparison.Ordinal);
        Assert.IsNotType<ImageDecodeException>(error.InnerException);
    }

    [Fact]
    public void On_request_bad_images_are_missing_and_the_reason_is_given()
    {
        File.WriteAllBytes(_images.Files[2], []);
        File.Delete(_images.Files[11]);
        var rows = Read(Score(new DlaClassifierOptions { ModelPath = TinyModel.Path, OnBadImage = BadImageHandling.Missing })).ToList();
        Assert.Equal(Enumerable.Range(0, 12), rows.Select(r => r.Number));
        foreach (var row in rows)
        {
            var bad = row.Number is 2 or 11;
            Assert.Equal(bad, row.Score.All(float.IsNaN));
            Assert.Equal(bad, row.PredictedLabel == 0);
            Assert.Equal(bad, row.ImageError.Contains(_images.Files[row.Number], StringComparison.Ordinal));
            if (!bad) Assert.Empty(row.ImageError);
        }
    }

    [Fact]
    public void A_prediction_engine_throws_or_misses_as_the_options_say_and_goes_on_afterwards()
    {
        var throwing = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(Data());
        using (var engine = _ml.Model.CreatePredictionEngine<PathRow, ScoreRow>(throwing))
        {
            var error = Assert.Throws<ImageDecodeException>(() => engine.Predict(new PathRow { ImagePath = "nowhere.png" }));
            Assert.Contains("nowhere.png", error.Message, StringComparison.Ordinal);
            Assert.NotEqual(0u, engine.Predict(_images.Rows[0]).PredictedLabel);
        }
        var missing = _ml.Transforms.ClassifyImages(new DlaClassifierOptions { ModelPath = TinyModel.Path, OnBadImage = BadImageHandling.Missing }).Fit(Data());
        using (var engine = _ml.Model.CreatePredictionEngine<PathRow, ScoreRow>(missing))
        {
            var bad = engine.Predict(new PathRow { ImagePath = "nowhere.png" });
            Assert.Equal((0u, true), (bad.PredictedLabel, bad.Score.All(float.IsNaN)));
            Assert.Contains("nowhere.png", bad.ImageError, StringComparison.Ordinal);
            Assert.NotEqual(0u, engine.Predict(_images.Rows[0]).PredictedLabel);
        }
    }

    [Fact]
    public void Empty_paths_empty_bytes_and_missing_images_are_bad_images()
    {
        _ = Assert.Throws<ImageDecodeException>(() => Read(Score(new() { ModelPath = TinyModel.Path }, new PathRow { ImagePath = "" })).Count());
        _ = Assert.Throws<ImageDecodeException>(() => Read(Score(new() { ModelPath = TinyModel.Path }, new PathRow { ImagePath = "a\0b" })).Count());
        _ = Assert.Throws<ImageDecodeException>(() => Read(Score(new() { ModelPath = TinyModel.Path }, new PathRow { ImagePath = _images.Path })).Count());
        var bytes = _ml.Data.LoadFromEnumerable([new BytesRow()]);
        _ = Assert.Throws<ImageDecodeException>(() => Read(_ml.Transforms.ClassifyImages(TinyModel.Path, "Image").Fit(bytes).Transform(bytes)).Count());
        var images = _ml.Data.LoadFromEnumerable([new ImageRow { Image = null }]);
        _ = Assert.Throws<ImageDecodeException>(() => Read(_ml.Transforms.ClassifyImages(TinyModel.Path, "Image").Fit(images).Transform(images)).Count());
    }

    [Fact]
    public void An_image_with_more_pixels_than_the_limit_is_a_bad_image() =>
        Assert.Contains("6300", Assert.Throws<ImageDecodeException>(() => Read(Score(new() { ModelPath = TinyModel.Path, MaxPixels = 6299 }))
            .Count()).Message.Replace("90 × 70", "6300", StringComparison.Ordinal), StringComparison.Ordinal);

    [Fact]
    public void Relative_paths_start_from_the_image_folder()
    {
        var rows = Read(Score(new() { ModelPath = TinyModel.Path, ImageFolder = _images.Path }, new PathRow { ImagePath = "4.png", Number = 4 })).ToList();
        Assert.Equal(TinyModel.Probabilities(TestImages.Png(4)).Max(), Assert.Single(rows).Score.Max(), 5e-5f);
    }

    private IDataView Data() => _ml.Data.LoadFromEnumerable(_images.Rows);

    private IDataView Score(DlaClassifierOptions options, params PathRow[] rows)
    {
        var data = rows.Length == 0 ? Data() : _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.ClassifyImages(options).Fit(data).Transform(data);
    }

    private IEnumerable<ScoreRow> Read(IDataView data) => _ml.Data.CreateEnumerable<ScoreRow>(data, reuseRowObject: false, ignoreMissingColumns: true);
}
