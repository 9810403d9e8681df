namespace Dla.MLNet.Tests;

public sealed class DlaClassifierTests
{
    [Fact]
    public void The_best_classes_come_first_with_their_probabilities()
    {
        using var classifier = DlaClassifier.Open(TinyModel.Path);
        Assert.Equal(TinyModel.ClassNames, classifier.ClassNames);
        Assert.Equal("dla-tiny", classifier.Card.Variant);
        for (var seed = 0; seed < 8; seed++)
        {
            var expected = TinyModel.Probabilities(TestImages.Png(seed)).Select((p, i) => (Probability: p, Index: i)).OrderByDescending(p => p.Probability)
                .ToList();
            var prediction = classifier.Predict(TestImages.Png(seed), top: 3);
            Assert.Equal(expected.Take(3).Select(e => e.Index), prediction.Top.Select(t => t.Index));
            Assert.All(prediction.Top, (t, i) => Assert.Equal(expected[i].Probability, t.Probability, 1e-5f));
            Assert.Equal((prediction.Top[0].Label, prediction.Top[0].Probability), (prediction.Label, prediction.Probability));
            Assert.Equal(TinyModel.ClassNames[expected[0].Index], prediction.Label);
        }
    }

    [Fact]
    public void Asking_for_more_classes_than_there_are_gives_them_all() =>
        Assert.Equal(5, Open().Predict(TestImages.Png(1), top: 100).Top.Count);

    [Fact]
    public void Many_threads_share_one_classifier()
    {
        using var classifier = Open();
        var expected = Enumerable.Range(0, 6).Select(i => classifier.Predict(TestImages.Png(i)).Label).ToArray();
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i => Assert.Equal(expected[i % 6], classifier.Predict(TestImages.Png(i % 6)).Label));
    }

    [Fact]
    public void A_bad_image_says_why_and_the_classifier_goes_on()
    {
        using var classifier = Open();
        Assert.Contains("nowhere.png", Assert.Throws<ImageDecodeException>(() => classifier.Predict("nowhere.png")).Message, StringComparison.Ordinal);
        Assert.Throws<ImageDecodeException>(() => classifier.Predict("not an image"u8));
        Assert.NotEmpty(classifier.Predict(TestImages.Png(0)).Label);
    }

    [Fact]
    public void The_card_says_what_is_in_effect()
    {
        var preprocessing = new ImagePreprocessing { ResizeShortSide = 80, CropSize = 64 };
        var options = new DlaClassifierOptions { ModelPath = TinyModel.Path, ClassNames = ["v", "w", "x", "y", "z"], Preprocessing = preprocessing };
        using var classifier = DlaClassifier.Open(TinyModel.Path, options);
        Assert.Equal(("dla-tiny", preprocessing), (classifier.Card.Variant, classifier.Card.Preprocessing));
        Assert.Equal(options.ClassNames, classifier.Card.ClassNames);
    }

    [Fact]
    public void A_model_file_that_was_written_to_since_serves_on_for_any_number_of_callers()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("dla-touched-").FullName, "model.onnx");
        File.Copy(TinyModel.Path, path);
        using (var classifier = DlaClassifier.Open(path))
        {
            var expected = classifier.Predict(TestImages.Png(0)).Probability;
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(1));
            using var barrier = new Barrier(4);
            var threads = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
            {
                barrier.SignalAndWait();
                return classifier.Predict(TestImages.Png(0)).Probability;
            }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            Assert.All(threads, t => Assert.Equal(expected, t.GetAwaiter().GetResult(), 1e-5f));
        }
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_file_of_the_same_time_in_the_place_of_the_model_is_not_taken_for_it()
    {
        var folder = Directory.CreateTempSubdirectory("dla-replaced-").FullName;
        var (path, other) = (Path.Combine(folder, "model.onnx"), Path.Combine(folder, "other.onnx"));
        File.Copy(TinyModel.Path, path);
        File.Copy(TinyModel.File("tiny-int8.onnx"), other);
        File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(path));
        using (var classifier = DlaClassifier.Open(path))
        using (var expected = DlaClassifier.Open(TinyModel.Path))
        {
            File.Move(other, path, overwrite: true);
            Assert.Equal(expected.Predict(TestImages.Png(0)).Probability, classifier.Predict(TestImages.Png(0)).Probability);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_link_to_a_model_is_the_model()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making a link needs rights there");
        var folder = Directory.CreateTempSubdirectory("dla-linked-").FullName;
        var link = Path.Combine(folder, "link.onnx");
        File.CreateSymbolicLink(link, TinyModel.Path);
        using (var source = ModelSource.FromFile(link)) Assert.Equal(link, source.Path);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(2, "0-63\n", 2)]
    [InlineData(4, "0,2-5,9", 4)]
    [InlineData(2, "0-1\n", 0)]
    [InlineData(8, "0-7", 0)]
    [InlineData(2, "3-1", 0)]
    [InlineData(2, "all of them", 0)]
    [InlineData(2, null, 0)]
    public void A_process_with_fewer_processors_than_the_machine_takes_as_many_threads_as_it_has(int usable, string? online, int threads) =>
        Assert.Equal(threads, ProcessorLimit.Choose(usable, online, _ => null));

    [Theory]
    [InlineData(12, 8)]   // ONNX Runtime would take one for each of the eight cores
    [InlineData(3, 3)]
    [InlineData(16, 0)]
    public void A_core_of_two_processors_takes_one_thread(int usable, int threads) =>
        Assert.Equal(threads, ProcessorLimit.Choose(usable, "0-15", n => $"{n % 8},{n % 8 + 8}"));

    [Fact]
    public void After_disposal_a_prediction_is_refused_by_name()
    {
        var classifier = Open();
        classifier.Predict(TestImages.Png(0));
        classifier.Dispose();
        classifier.Dispose();
        Assert.Contains("tiny.onnx", Assert.Throws<ObjectDisposedException>(() => classifier.Predict(TestImages.Png(0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_token_stops_the_prediction()
    {
        using var classifier = Open();
        Assert.ThrowsAny<OperationCanceledException>(() => classifier.Predict(TestImages.Png(0), cancel: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_token_that_comes_too_late_stops_nobody_else()
    {
        using var classifier = Open();
        var image = TestImages.Png(0);
        var expected = classifier.Predict(image).Top[0].Index;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using var source = new CancellationTokenSource();
            var cancelling = Task.Run(() =>
            {
                Thread.SpinWait(i * 97 % 20_000);
                source.Cancel();
            });
            try
            {
                classifier.Predict(image, cancel: source.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.True(source.IsCancellationRequested);
            }
            Assert.Equal(expected, classifier.Predict(image).Top[0].Index);
            cancelling.Wait();
        });
    }

    private static DlaClassifier Open() => DlaClassifier.Open(TinyModel.Path);
}
