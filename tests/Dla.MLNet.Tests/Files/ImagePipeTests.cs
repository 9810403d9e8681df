using Dla.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class ImagePipeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ImageFolder _folder = new(count: 1);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    private string Pipe() => SpecialFile.Pipe(Path.Combine(_folder.Path, "pipe.png"));

    /// <summary>Opens a pipe for writing, which waits for its reader, and does something with it.</summary>
    private static Task Writing(string pipe, Action<FileStream> write) => Task.Factory.StartNew(() =>
    {
        using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            write(writer);
        }
        catch (IOException)
        {
            // The reader has read enough.
        }
    }, Test, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Task<T> Reading<T>(Func<T> read) => Task.Factory.StartNew(read, Test, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [Fact]
    public async Task A_pipe_that_is_named_is_read_to_its_end()
    {
        var image = TestImages.Png(0);
        using var classifier = DlaClassifier.Open(TinyModel.Path);
        var pipe = Pipe();
        var writing = Writing(pipe, writer =>
        {
            foreach (var part in image.Chunk(1000)) writer.Write(part);
        });
        var prediction = await Reading(() => classifier.Predict(pipe)).WaitAsync(Limit, Test);
        await writing.WaitAsync(Limit, Test);
        Assert.Equal(classifier.Predict(image).Top, prediction.Top);
        writing = Writing(pipe, writer => writer.Write(image));
        Assert.Equal(image, (await Reading(() => DlaImageFiles.Read(pipe, Test)).WaitAsync(Limit, Test)).ToArray());
        await writing.WaitAsync(Limit, Test);
    }

    [Fact]
    public async Task A_wait_for_a_pipe_ends_when_it_is_cancelled()
    {
        using var classifier = DlaClassifier.Open(TinyModel.Path);
        var pipe = Pipe();
        using var stop = new CancellationTokenSource();
        var alone = Reading(() => classifier.Predict(pipe, cancel: stop.Token));   // nobody writes
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alone.WaitAsync(Limit, Test));

        using var end = new CancellationTokenSource();
        using var opened = new SemaphoreSlim(0);
        using var ended = new ManualResetEventSlim();
        var writing = Writing(pipe, writer =>
        {
            writer.Write(TestImages.Png(0).AsSpan(0, 100));
            opened.Release();
            ended.Wait(Limit);   // the rest does not come
        });
        var reading = Reading(() => classifier.Predict(pipe, cancel: end.Token));
        Assert.True(await opened.WaitAsync(Limit, Test));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Limit, Test));
        ended.Set();
        await writing.WaitAsync(Limit, Test);
    }

    [Fact]
    public async Task A_pipe_in_a_column_of_paths_is_read_and_its_wait_ends_with_the_token()
    {
        var ml = new MLContext(seed: 1);
        var pipe = Pipe();
        var rows = ml.Data.LoadFromEnumerable([new PathRow { ImagePath = _folder.Files[0] }, new PathRow { ImagePath = pipe }]);
        using var stop = new CancellationTokenSource();
        var options = new DlaClassifierOptions { ModelPath = TinyModel.Path, CancellationToken = stop.Token };
        using var model = ml.Transforms.ClassifyImages(options).Fit(rows);
        var writing = Writing(pipe, writer => writer.Write(TestImages.Png(0)));
        var scores = await Reading(() => model.Transform(rows).GetColumn<float[]>("Score").ToArray()).WaitAsync(Limit, Test);
        await writing.WaitAsync(Limit, Test);
        Assert.Equal(scores[0], scores[1]);
        var waiting = Reading(() => model.Transform(rows).GetColumn<float[]>("Score").ToArray());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Limit, Test));
    }

    [Fact]
    public async Task A_pipe_that_never_ends_is_read_to_the_limit_and_what_is_no_image_not_even_so_far()
    {
        var pipe = Pipe();
        var writing = Writing(pipe, writer =>
        {
            writer.Write(TestImages.Png(0).AsSpan(0, 64));
            while (true) writer.Write(new byte[4096]);
        });
        var error = await Assert.ThrowsAsync<ImageDecodeException>(
            () => Reading(() => PipeReader.Read(pipe, Test, maxBytes: 1_000_000).Length).WaitAsync(Limit, Test));
        Assert.StartsWith("The pipe gave more than 1000000 bytes", error.Message, StringComparison.Ordinal);
        await writing.WaitAsync(Limit, Test);

        using var refused = new ManualResetEventSlim();
        writing = Writing(pipe, writer =>
        {
            writer.Write(new byte[100]);
            refused.Wait(Limit);   // open until then: the reader must not wait for the end
        });
        error = await Assert.ThrowsAsync<ImageDecodeException>(() => Reading(() => PipeReader.Read(pipe, Test).Length).WaitAsync(Limit, Test));
        Assert.Contains("no known format", error.Message, StringComparison.Ordinal);
        refused.Set();
        await writing.WaitAsync(Limit, Test);
    }

    [Fact]
    public void What_is_no_file_gets_a_message_that_says_what_it_is()
    {
        using var classifier = DlaClassifier.Open(TinyModel.Path);
        void Refused(string path, string part)
        {
            var error = Assert.Throws<ImageDecodeException>(() => classifier.Predict(path));
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.Equal(path, error.Path);
        }

        Refused(_folder.Path, "it is a folder");
        Refused("https://example.org/a.jpg", "addresses are not read");
        Refused("file:///a.jpg", "addresses are not read");
        Refused("data:image/png;base64,AAAA", "addresses are not read");
        Refused("absent.jpg", "There is no such file");
        if (OperatingSystem.IsWindows()) return;
        Refused("cat\\1.jpg", "has backslashes");
        using var socket = SpecialFile.Socket(Path.Combine(_folder.Path, "s.png"));
        if (!OperatingSystem.IsLinux()) return;
        Refused(Path.Combine(_folder.Path, "s.png"), "it is a socket");
        Refused("/dev/null", "it is a device");
    }
}
