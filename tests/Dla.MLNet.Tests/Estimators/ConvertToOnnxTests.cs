using Microsoft.ML;

namespace Dla.MLNet.Tests;

public sealed class ConvertToOnnxTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(4);

    public void Dispose() => _images.Dispose();

    public static TheoryData<string> Steps => ["ClassifyImages", "FeaturizeImages", "PreprocessImages", "MapLabels"];

    [Theory, MemberData(nameof(Steps))]
    public void A_step_that_has_no_ONNX_nodes_is_refused_by_its_name(string step) => AssertRefused(step, Step(step));

    [Theory, MemberData(nameof(Steps))]
    public void It_is_refused_in_the_middle_of_a_pipeline_too(string step) =>
        AssertRefused(step, _ml.Transforms.Conversion.ConvertType("Before", "Number").Append(Step(step))
            .Append(_ml.Transforms.Conversion.ConvertType("After", "Number")));

    [Fact]
    public void Stock_steps_alone_are_converted()
    {
        using var file = new MemoryStream();
        _ml.Model.ConvertToOnnx(_ml.Transforms.Conversion.ConvertType("After", "Number").Fit(Rows()), Rows(), file);
        Assert.NotEqual(0, file.Length);
    }

    private void AssertRefused(string step, IEstimator<ITransformer> pipeline)
    {
        using var file = new MemoryStream();
        var error = Assert.Throws<NotSupportedException>(() => _ml.Model.ConvertToOnnx(pipeline.Fit(Rows()), Rows(), file));
        Assert.StartsWith($"{step} cannot be converted to ONNX", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, file.Length);
    }

    private IEstimator<ITransformer> Step(string step) => step switch
    {
        "ClassifyImages" => _ml.Transforms.ClassifyImages(TinyModel.Path),
        "FeaturizeImages" => _ml.Transforms.FeaturizeImages(TinyModel.Path),
        "PreprocessImages" => _ml.Transforms.PreprocessImages(),
        _ => _ml.Transforms.MapLabels(DlaModelCard.Load(TinyModel.Path)!),
    };

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(_images.Rows);
}
