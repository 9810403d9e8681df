namespace Dla.MLNet.Tests.Preprocessing;

[Collection("memory of the process")]
public sealed class LargeBufferTests
{
    [Fact]
    public void Large_memory_comes_zeroed_from_the_system_and_goes_back_at_once()
    {
        const int Length = 3 << 20;
        var before = SystemMemory.InUse;
        for (var round = 0; round < 2; round++)
        {
            using var buffer = new LargeBuffer<uint>(Length);
            Assert.Equal(Length * 4, SystemMemory.InUse - before);
            Assert.Equal(Length, buffer.Span.Length);
            Assert.False(buffer.Span.ContainsAnyExcept(0u));
            buffer.Span.Fill(uint.MaxValue);
        }
        Assert.Equal(before, SystemMemory.InUse);
        Assert.InRange(SystemMemory.Peak, before + Length * 4, long.MaxValue);
    }

    [Fact]
    public void Small_memory_is_pooled_and_zeroed()
    {
        var before = SystemMemory.InUse;
        for (var round = 0; round < 2; round++)
        {
            using var buffer = new LargeBuffer<short>(1000);
            Assert.Equal(1000, buffer.Span.Length);
            Assert.False(buffer.Span.ContainsAnyExcept((short)0));
            buffer.Span.Fill(7);
        }
        Assert.Equal(before, SystemMemory.InUse);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3 << 20)]
    public void Memory_that_was_given_back_cannot_be_reached(int length)
    {
        var buffer = new LargeBuffer<uint>(length);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
    }

    [Fact]
    public unsafe void Memory_that_nobody_has_is_an_error_with_the_remedy()
    {
        var before = SystemMemory.InUse;
        var error = Assert.Throws<InsufficientMemoryException>(() => SystemMemory.Allocate((nuint)nint.MaxValue / 2));
        Assert.Contains("limit of pixels", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, SystemMemory.InUse);
    }
}
