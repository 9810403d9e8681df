using Microsoft.ML;

namespace Dla.MLNet.Tests;

public sealed class SaveAndLoadTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(9);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void A_chain_that_was_saved_and_loaded_gives_the_same_scores_when_the_ONNX_file_is_gone()
    {
        var path = _images.Write("model.onnx", File.ReadAllBytes(TinyModel.Path));
        var model = _ml.Transforms.ClassifyImages(path).Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedName", "PredictedLabel")).Fit(Data());
        File.Delete(path);
        var zip = Path.Combine(_images.Path, "model.zip");
        _ml.Model.Save(model, Data().Schema, zip);
        var loaded = new MLContext().Model.Load(zip, out _);
        Assert.Equal(Read(model.Transform(Data())), Read(loaded.Transform(Data())));
    }

    private IDataView Data() => _ml.Data.LoadFromEnumerable(_images.Rows);

    private List<string> Read(IDataView data) => _ml.Data.CreateEnumerable<ScoreRow>(data, reuseRowObject: false, ignoreMissingColumns: true)
        .Select(r => $"{r.Number} {r.PredictedName} {string.Join(' ', r.Score)}").ToList();
}
