using System.Diagnostics;
using System.Globalization;
using Dla.Tests;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class DecodingMemoryTests : IDisposable
{
    /// <summary>What a process takes now and then for itself: compiled code, the collector's own lists.</summary>
    private const long Noise = 4 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("dla-").FullName;

    public static TheoryData<string, double> Kinds =>
        [.. LargeImages.Kinds.Select(k => new TheoryDataRow<string, double>(k.Kind, k.BytesPerPixel))];

    [Theory, MemberData(nameof(Kinds))]
    public async Task Decoding_takes_no_more_memory_than_documented_and_estimated(string kind, double bytesPerPixel)
    {
        var (width, height) = bytesPerPixel < 1 ? (6000, 4000) : (4000, 3000);
        var (large, small) = (Path.Combine(_folder, "large"), Path.Combine(_folder, "small"));
        var file = LargeImages.Make(kind, width, height);
        File.WriteAllBytes(large, file);
        File.WriteAllBytes(small, LargeImages.Make(kind, 120, 90));
        var (native, managed, resident) = await Decode(large, small);

        var limit = (long)(bytesPerPixel * width * height);
        Assert.InRange(native + managed, 0, limit);
        Assert.InRange(resident, 0, limit);
        var estimate = ImageDecoder.EstimateBytes(file, ImagePreprocessor.DefaultMaxPixels);
        Assert.InRange(estimate, native + managed, limit + 8 * DecodingMemory.Fixed + DecodingMemory.Tables);
        Assert.InRange(resident, 0, estimate + Noise);
        Assert.Equal(0, ImageDecoder.EstimateBytes(file, (long)width * height - 1));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_file_cut_off_anywhere_has_an_estimate(string kind, double bytesPerPixel)
    {
        var file = LargeImages.Make(kind, 120, 90);
        var whole = ImageDecoder.EstimateBytes(file, ImagePreprocessor.DefaultMaxPixels);
        Assert.InRange(whole, DecodingMemory.Fixed, (long)(bytesPerPixel * 120 * 90) + 8 * DecodingMemory.Fixed + DecodingMemory.Tables);
        for (var length = 0; length < file.Length; length += length < 1500 ? 1 : 97)
        {
            var estimate = ImageDecoder.EstimateBytes(file.AsSpan(0, length), ImagePreprocessor.DefaultMaxPixels);
            Assert.InRange(estimate, 0, whole);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(long Native, long Managed, long Resident)> Decode(string large, string small)
    {
        string[] arguments = [DecodingProcess.Argument, large, small];
        var program = Path.Combine(AppContext.BaseDirectory, "Dla.MLNet.Tests");
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await ProcessLimit.WaitAsync(process, TimeSpan.FromMinutes(5), string.Join(' ', arguments));
        Assert.True(process.ExitCode == 0, await error + await output);
        var numbers = (await output).Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return (numbers[0], numbers[1], numbers[2]);
    }
}
