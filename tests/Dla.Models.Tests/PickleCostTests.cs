using System.Text;

namespace Dla.Models.Tests;

/// <summary>Files made so that reading them takes far longer, or far more memory, than their size lets expect.</summary>
/// <remarks>Each took minutes or gigabytes. The limits here are wide, so that a busy machine does not matter.</remarks>
public sealed class PickleCostTests : IDisposable
{
    private const int Limit = 300_000;   // wide, because other tests run at the same time

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"dla-cost-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    private Task<string> Refusal(byte[] file, CancellationToken cancel) => Task.Run(() =>
    {
        File.WriteAllBytes(_path, file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_path).Dispose());
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < file.Length + (64 << 20), $"{allocated >> 20} MB allocated for a file of {file.Length >> 20} MB");
        return error.Message;
    }, cancel);

    /// <summary>75,431 and 1,162,687 are sizes of .NET's hash tables: multiples of them fall into one bucket.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(75_431u)]
    [InlineData(56_897u)]
    public async Task Memo_indices_that_collide_in_a_hash_table_cost_no_more_than_others(uint step)
    {
        var pickle = new PickleWriter().Op('N');
        for (var i = 1u; i < 56_900; i++) pickle.Raw([(byte)'r', .. BitConverter.GetBytes(i * step)]);
        pickle.Repeat(1_900_000, p => p.Raw([(byte)'j', .. BitConverter.GetBytes(step), (byte)'0']));
        Assert.Contains("neither PyTorch's nor Paddle's", await Refusal(pickle.Op('.').ToArray(), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData("torch", "Size")]
    [InlineData("torch._utils", "_rebuild_tensor_v2")]
    public async Task A_flood_of_allowed_names_takes_no_more_memory_than_documented(string module, string name) =>
        Assert.Contains("values on the stack", await Refusal(new PickleWriter().Repeat(251_000, p => p.Global(module, name)).ToArray(), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);

    [Fact(Timeout = Limit)]
    public async Task Names_with_a_hundred_wrappers_are_compared_in_proportion_to_the_files_size()
    {
        const int tensors = 10_000;
        var header = new StringBuilder("{");
        var wrappers = string.Concat(Enumerable.Repeat("module._orig_mod.", 55));
        for (var i = 0; i < tensors; i++) header.Append($"{(i > 0 ? "," : "")}\"{wrappers}{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        await Task.Run(() =>
        {
            File.WriteAllBytes(_path, PickleBombTests.Safetensors(header.Append('}').ToString()));
            using var checkpoint = Checkpoint.Open(_path);
            checkpoint.FindVariant();   // the variants' shapes are computed once for all files
            var before = GC.GetAllocatedBytesForCurrentThread();
            var fit = checkpoint.FindVariant();
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(tensors, fit.Unexpected.Count);
            Assert.Equal(["0", "1"], fit.Unexpected.Take(2));
            Assert.True(allocated < 4 * checkpoint.Length, $"{allocated >> 20} MB allocated for a file of {checkpoint.Length >> 20} MB");
        }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Wrappers_are_dropped_as_far_as_all_names_have_them()
    {
        File.WriteAllBytes(_path, PickleBombTests.Safetensors("""
            {"module._orig_mod.module.a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"module._orig_mod.mod":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}
            """));
        using var checkpoint = Checkpoint.Open(_path);
        Assert.Equal(["module.a", "mod"], checkpoint.FindVariant().Unexpected);
    }
}
