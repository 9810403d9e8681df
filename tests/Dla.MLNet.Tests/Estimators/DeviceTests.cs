using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

/// <summary>A GPU that is not there: the tests run with the ONNX Runtime for processors.</summary>
public sealed class DeviceTests : IDisposable
{
    private readonly ImageFolder _images = new(3);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData(null, 0)]
    [InlineData("cuda:0", null)]
    [InlineData("cuda:1", 0)]
    public void A_GPU_that_cannot_be_used_is_an_error_in_Fit(string? device, int? contextDevice)
    {
        var ml = new MLContext { GpuDeviceId = contextDevice };
        Assert.Contains("cuda:" + (device is null ? contextDevice : device[^1] - '0'), Assert.Throws<InvalidOperationException>(() =>
            ml.Transforms.ClassifyImages(Classify(device)).Fit(Rows(ml))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => ml.Transforms.FeaturizeImages(
            new DlaFeaturizerOptions { ModelPath = TinyModel.Path, Device = device }).Fit(Rows(ml)));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_processor_is_used_instead_where_options_or_context_allow_it_and_the_log_says_so(bool options, bool context)
    {
        var ml = new MLContext { GpuDeviceId = 0, FallbackToCpu = context };
        var messages = Listen(ml);
        using var model = ml.Transforms.ClassifyImages(Classify(null) with { FallbackToCpu = options }).Fit(Rows(ml));
        Assert.Contains(messages, m => m.Contains("runs on the processor. Device cuda:0 needs", StringComparison.Ordinal));
        Assert.Equal(3, model.Transform(Rows(ml)).GetColumn<uint>("PredictedLabel").Count());
    }

    [Fact]
    public void A_device_in_the_options_counts_before_that_of_the_context()
    {
        var ml = new MLContext { GpuDeviceId = 0 };
        using var model = ml.Transforms.ClassifyImages(Classify("cpu")).Fit(Rows(ml));
        Assert.Equal(3, model.Transform(Rows(ml)).GetColumn<uint>("PredictedLabel").Count());
    }

    [Fact]
    public void A_saved_model_without_a_device_runs_where_the_loading_context_says()
    {
        var ml = new MLContext();
        using var zip = new MemoryStream();
        using (var model = ml.Transforms.ClassifyImages(TinyModel.Path).Fit(Rows(ml))) ml.Model.Save(model, Rows(ml).Schema, zip);
        Assert.Equal(3, Score(new MLContext()).Count());
        Assert.Equal(3, Score(new MLContext { GpuDeviceId = 0, FallbackToCpu = true }).Count());
        Assert.Contains("cuda:0", Assert.Throws<InvalidOperationException>(() => Score(new MLContext { GpuDeviceId = 0 }).ToList()).Message,
            StringComparison.Ordinal);

        IEnumerable<uint> Score(MLContext loading)
        {
            zip.Position = 0;
            return loading.Model.Load(zip, out _).Transform(Rows(loading)).GetColumn<uint>("PredictedLabel");
        }
    }

    private static DlaClassifierOptions Classify(string? device) => new() { ModelPath = TinyModel.Path, Device = device };

    private IDataView Rows(MLContext ml) => ml.Data.LoadFromEnumerable(_images.Rows);

    private static List<string> Listen(MLContext ml)
    {
        List<string> messages = [];
        ml.Log += (_, message) => messages.Add(message.Message);
        return messages;
    }
}
