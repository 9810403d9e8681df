using Microsoft.ML;

namespace Dla.MLNet.Tests;

public sealed class BadImageLogTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(15);
    private readonly List<string> _warnings = [];

    public BadImageLogTests()
    {
        _ml.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning) _warnings.Add(message.Message);
        };
    }

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Missing_images_of_a_data_set_are_named_in_the_log_the_first_ten_and_their_count()
    {
        foreach (var file in _images.Files.Skip(2).Take(12)) File.Delete(file);
        Assert.Equal(15, Score().Count());
        Assert.Equal(11, _warnings.Count);
        Assert.Contains($"Row 2: '{_images.Files[2]}'", _warnings[0], StringComparison.Ordinal);
        Assert.Contains("12 images could not be read", _warnings[10], StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_are_named_alone_and_good_ones_leave_no_message()
    {
        File.Delete(_images.Files[7]);
        Assert.Equal(15, Score().Count());
        Assert.Contains(_images.Files[7], Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_single_prediction_without_an_image_leaves_a_message()
    {
        using var model = Model();
        using var engine = _ml.Model.CreatePredictionEngine<PathRow, ScoreRow>(model, new PredictionEngineOptions { OwnsTransformer = false });
        for (var i = 0; i < 12; i++) Assert.NotEmpty(engine.Predict(new PathRow { ImagePath = "nowhere.png" }).ImageError);
        Assert.Equal(12, _warnings.Count);
        Assert.All(_warnings, w => Assert.Contains("nowhere.png", w, StringComparison.Ordinal));
    }

    private DlaClassifyingTransformer Model() => _ml.Transforms.ClassifyImages(
        new DlaClassifierOptions { ModelPath = TinyModel.Path, OnBadImage = BadImageHandling.Missing }).Fit(_ml.Data.LoadFromEnumerable(_images.Rows));

    private IEnumerable<ScoreRow> Score() => _ml.Data.CreateEnumerable<ScoreRow>(Model().Transform(_ml.Data.LoadFromEnumerable(_images.Rows)),
        reuseRowObject: false, ignoreMissingColumns: true);
}
