using System.IO.Compression;
using System.Text;
using Microsoft.ML;

namespace Dla.MLNet.Tests;

/// <summary>What a stranger, or a worn disk, does to an ML.NET zip.</summary>
public sealed class SavedModelDamageTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-damage-").FullName;
    private readonly string _zip;

    public SavedModelDamageTests()
    {
        _zip = Path.Combine(_folder, "model.zip");
        var data = SavedModels.Data(_ml);
        _ml.Model.Save(SavedModels.Features(_ml, data), data.Schema, _zip);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The zip with one of our transformer's entries changed; transformer 0 is the labels, 1 the embedding, 2 the pixels.</summary>
    private string Changed(string zip, int transformer, string entry, Func<byte[], byte[]> change)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.zip");
        File.Copy(zip, path);
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        var found = archive.Entries.Single(e => e.Name == entry && e.FullName.Contains($"Transform_00{transformer}", StringComparison.Ordinal));
        var bytes = new byte[found.Length];
        using (var stream = found.Open()) stream.ReadExactly(bytes);
        var name = found.FullName;
        found.Delete();
        using var written = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
        written.Write(change(bytes));
        return path;
    }

    private FormatException? Refusal(string zip)
    {
        try
        {
            _ml.Model.Load(zip, out _);
            return null;
        }
        catch (Exception e)
        {
            for (var cause = e; cause is not null; cause = cause.InnerException)
                if (cause is FormatException found) return found;
            Assert.Fail($"{e}");
            throw;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_flipped_bit_anywhere_in_a_header_is_noticed(int transformer)
    {
        var (start, length) = (0, 0);
        Changed(_zip, transformer, "Model.key", bytes =>
        {
            start = bytes.AsSpan().IndexOf("{\""u8);
            length = bytes.AsSpan().LastIndexOf("\"}"u8) + 2 - start;
            return bytes;
        });
        Assert.InRange(length, 200, 2000);
        for (var bit = 0; bit < 8 * length; bit += 101)   // 101 and 8 have no common divisor: every bit of a byte has its turn
            Assert.True(Refusal(Changed(_zip, transformer, "Model.key", bytes =>
            {
                bytes[start + bit / 8] ^= (byte)(1 << bit % 8);
                return bytes;
            })) is not null, $"bit {bit % 8} of byte {bit / 8} of {length}");
    }

    [Theory]
    [InlineData("\"headerHash\"", "\"headerHasi\"")]
    [InlineData("\"mean\"", "\"meaj\"")]
    [InlineData("\"classNames\"", "\"clazsNames\"")]
    public void A_damaged_property_name_is_not_taken_for_one_of_a_later_version(string name, string damaged)
    {
        var noticed = 0;
        for (var transformer = 0; transformer < 3; transformer++)
        {
            var found = false;
            var changed = Changed(_zip, transformer, "Model.key", bytes =>
            {
                var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name));
                found = at >= 0;
                if (found) Encoding.UTF8.GetBytes(damaged).CopyTo(bytes, at);
                return bytes;
            });
            if (!found) continue;
            noticed++;
            Assert.NotNull(Refusal(changed));
        }
        Assert.InRange(noticed, 1, 3);
    }

    [Fact]
    public void A_payload_of_another_length_is_noticed()
    {
        Assert.Contains("not the one that was saved", Refusal(Changed(_zip, 1, "Model.onnx", b => [.. b, 0]))!.Message, StringComparison.Ordinal);
        Assert.Contains("not the one that was saved", Refusal(Changed(_zip, 1, "Model.onnx", b => b[..^1]))!.Message, StringComparison.Ordinal);
        Assert.Null(Refusal(Changed(_zip, 1, "Model.onnx", b => b)));
    }

    [Fact]
    public void A_payload_that_unpacks_to_far_more_than_it_is_in_the_zip_is_refused_before_it_is_unpacked()
    {
        var temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;
        var bomb = Changed(SavedModels.GoldenFeatures, 1, "Model.onnx", _ => new byte[200 << 20]);
        Assert.InRange(new FileInfo(bomb).Length, 0, 2 << 20);
        var ml = new MLContext(seed: 1) { TempFilePath = temporary };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsAny<Exception>(() => ml.Model.Load(bomb, out _));
        while (error is not FormatException && error.InnerException is { } inner) error = inner;
        Assert.Contains("209,715,200", Assert.IsType<FormatException>(error).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void A_zip_of_zeros_that_is_small_is_compared_with_its_hash_before_it_is_in_memory()
    {
        var bomb = Changed(SavedModels.GoldenFeatures, 1, "Model.onnx", _ => new byte[60 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("not the one that was saved", Refusal(bomb)!.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }
}
