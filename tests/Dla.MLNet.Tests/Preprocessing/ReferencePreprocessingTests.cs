using Dla.Tests;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class ReferencePreprocessingTests
{
    public static TheoryData<string, int, int> FormulaImages => [.. ReferenceCases.Formulas.Select(c => (c.Kind, c.Width, c.Height)).Distinct()];

    public static TheoryData<string> Photos => [.. ReferenceCases.Photos.Select(c => c.File)];

    [Theory, MemberData(nameof(FormulaImages))]
    public void A_formula_image_is_resized_and_cropped_to_the_bytes_of_Pillow(string kind, int width, int height)
    {
        var source = FormulaImage.Make(kind, width, height);
        foreach (var expected in ReferenceCases.Formulas.Where(c => (c.Kind, c.Width, c.Height) == (kind, width, height)))
        {
            Assert.Equal(expected.SourceSha256, ReferenceCases.Sha256(source));
            var preprocessing = new ImagePreprocessing
            {
                ResizeShortSide = expected.Resize, CropSize = expected.Crop,
                Interpolation = Enum.Parse<ImageInterpolation>(expected.Interpolation, ignoreCase: true),
            };
            var preprocessor = new ImagePreprocessor(preprocessing);
            var pixels = new byte[preprocessor.Length];
            preprocessor.Crop(FormulaImage.ToBmp(source, width, height), pixels);
            Assert.Equal(expected.Sha256, ReferenceCases.Sha256(pixels));
        }
    }

    [Theory, MemberData(nameof(Photos))]
    public void A_photo_becomes_the_bytes_of_Pillow(string file) =>
        ReferenceCases.AssertResults(ReferenceCases.Photos.Single(c => c.File == file), SharedData.Path("data/photos/" + Path.GetFileName(file)));
}
