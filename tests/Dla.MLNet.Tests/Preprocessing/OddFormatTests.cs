using Dla.Tests;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class OddFormatTests
{
    /// <summary>All that Pillow decodes to 8 bits: mode I is 32-bit, of which its own conversion to RGB keeps the lowest 8 bits, clipped.</summary>
    public static TheoryData<string> OddFormats => [.. ReferenceCases.OddFormats.Where(c => c.Results is not null && c.Mode != "I").Select(c => c.File)];

    public static TheoryData<string> Refused => [.. ReferenceCases.OddFormats.Where(c => c.Error is not null).Select(c => c.File)];

    [Theory, MemberData(nameof(OddFormats))]
    public void An_odd_file_becomes_the_bytes_of_Pillow(string file) =>
        ReferenceCases.AssertResults(ReferenceCases.OddFormats.Single(c => c.File == file), SharedData.Path("data/odd-formats/" + file));

    [Theory, MemberData(nameof(Refused))]
    public void A_file_that_Pillow_refuses_is_refused_with_its_path_and_the_reason(string file)
    {
        var path = SharedData.Path("data/odd-formats/" + file);
        var preprocessor = new ImagePreprocessor(new ImagePreprocessing());
        var error = Assert.Throws<ImageDecodeException>(() => preprocessor.Run(path, new float[preprocessor.Length]));
        Assert.Equal(path, error.Path);
        Assert.StartsWith($"'{path}': ", error.Message, StringComparison.Ordinal);
    }
}
