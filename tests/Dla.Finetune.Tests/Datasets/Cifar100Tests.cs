using System.Net;
using System.Text;
using Dla.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune.Tests;

public sealed class Cifar100Tests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ImageDataset Open(DatasetSplit split) => ImageDataset.Open("cifar100", split, new DatasetOptions { DataPath = _folder.Path });

    [Fact]
    public void The_archive_and_the_unpacked_files_give_the_same_images()
    {
        byte[] train = SmallCifar.Records(5, i => i * 20), test = SmallCifar.Records(3, i => 99 - i, seed: 2);
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(train, test));
        using var unpacked = new TemporaryFolder();
        unpacked.Write("cifar-100-binary/train.bin", train);
        unpacked.Write("cifar-100-binary/test.bin", test);
        unpacked.Write("cifar-100-binary/fine_label_names.txt", SmallCifar.Names);
        foreach (var split in Enum.GetValues<DatasetSplit>())
        {
            var a = Open(split);
            var b = ImageDataset.Open("cifar100", split, new DatasetOptions { DataPath = unpacked.Path });
            var c = ImageDataset.Open("CIFAR-100", split, new DatasetOptions { DataPath = unpacked.File("cifar-100-binary") });
            Assert.Equal(split == DatasetSplit.Train ? 5 : 3, a.Count);
            Assert.Equal(100, a.ClassNames.Count);
            foreach (var other in (ImageDataset[])[b, c])
                for (var i = 0; i < a.Count; i++)
                {
                    Assert.Equal(a.Label(i), other.Label(i));
                    Assert.True(a.ReadEncoded(i).Span.SequenceEqual(other.ReadEncoded(i).Span));
                }
        }
        Assert.Equal(40, Open(DatasetSplit.Train).Label(2));
        Assert.Equal("class_97", Open(DatasetSplit.Test).ClassNames[Open(DatasetSplit.Test).Label(2)]);
        Assert.Equal("CIFAR-100, 3 test images", Open(DatasetSplit.Test).Name);
        Assert.Equal("cifar100/test[2]", Open(DatasetSplit.Test).Describe(2));
    }

    [Fact]
    public void Encoded_images_decode_to_the_very_pixels()
    {
        var test = SmallCifar.Records(2, i => i);
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(test, test));
        using var stream = new MemoryStream(Open(DatasetSplit.Test).ReadEncoded(1).ToArray());
        using var image = MLImage.CreateFromStream(stream);
        Assert.Equal((32, 32), (image.Width, image.Height));
        var (red, blue) = image.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        for (var i = 0; i < 1024; i++)
        {
            Assert.Equal(test[SmallCifar.Record + 2 + i], image.Pixels[4 * i + red]);
            Assert.Equal(test[SmallCifar.Record + 2 + 1024 + i], image.Pixels[4 * i + 1]);
            Assert.Equal(test[SmallCifar.Record + 2 + 2048 + i], image.Pixels[4 * i + blue]);
        }
    }

    [Theory]
    [InlineData(SmallCifar.Record - 1)]
    [InlineData(SmallCifar.Record * 2 + 1)]
    [InlineData(0)]
    public void A_size_that_is_no_multiple_of_a_record_is_an_error(int bytes)
    {
        var good = SmallCifar.Records(1, i => i);
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(good, new byte[bytes]));
        Assert.Contains("not a multiple of 3,074", Assert.Throws<InvalidDataException>(() => Open(DatasetSplit.Test)).Message, StringComparison.Ordinal);
        Assert.Equal(1, Open(DatasetSplit.Train).Count);
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(1, 100)]
    [InlineData(1, 255)]
    public void A_label_out_of_range_is_an_error_that_names_the_image(int offset, byte label)
    {
        var bad = SmallCifar.Records(3, i => i);
        bad[2 * SmallCifar.Record + offset] = label;
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(bad, bad));
        var message = Assert.Throws<InvalidDataException>(() => Open(DatasetSplit.Train)).Message;
        Assert.Contains("image 2 has labels", message, StringComparison.Ordinal);
        Assert.Contains("train.bin", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_archive_is_an_error_at_whatever_length_it_ends()
    {
        var records = SmallCifar.Records(4, i => i);
        var archive = SmallCifar.Archive(records, records);
        for (var length = 0; length < archive.Length - 64; length += 997)
        {
            _folder.Write("cifar-100-binary.tar.gz", archive[..length]);
            Assert.Contains("cifar-100-binary.tar.gz", Assert.Throws<InvalidDataException>(() => Open(DatasetSplit.Train)).Message, StringComparison.Ordinal);
        }
        _folder.Write("cifar-100-binary.tar.gz", "<html>not found</html>");
        Assert.Throws<InvalidDataException>(() => Open(DatasetSplit.Train));
    }

    [Fact]
    public void An_archive_without_the_part_or_with_too_few_names_is_refused()
    {
        var records = SmallCifar.Records(1, i => i);
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(("test.bin", records), ("fine_label_names.txt", Encoding.UTF8.GetBytes(SmallCifar.Names))));
        Assert.Contains("no train.bin", Assert.Throws<InvalidDataException>(() => Open(DatasetSplit.Train)).Message, StringComparison.Ordinal);
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(("test.bin", records), ("fine_label_names.txt", "apple\n"u8.ToArray())));
        Assert.Contains("1 names", Assert.Throws<InvalidDataException>(() => Open(DatasetSplit.Test)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_it_is_an_error_that_says_what_to_put_there()
    {
        Assert.Contains("Put cifar-100-binary.tar.gz there", Assert.Throws<FileNotFoundException>(() => Open(DatasetSplit.Test)).Message,
            StringComparison.Ordinal);
        _folder.Write("test.bin", SmallCifar.Records(1, i => i));
        Assert.Contains("fine_label_names.txt", Assert.Throws<FileNotFoundException>(() => Open(DatasetSplit.Test)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_no_archive()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "cifar-100-binary.tar.gz"), Path.Combine(_folder.Path, "nowhere"));
        Assert.Contains("Put cifar-100-binary.tar.gz there", Assert.Throws<FileNotFoundException>(() => Open(DatasetSplit.Test)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_carry_the_encoded_image_and_the_class_name_in_order()
    {
        var records = SmallCifar.Records(4, i => 10 + i);
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(records, records));
        var data = Open(DatasetSplit.Test);
        var view = data.ToDataView(new MLContext(seed: 1));
        Assert.Equal(["class_10", "class_11", "class_12", "class_13"], view.GetColumn<string>("Label"));
        Assert.Equal(Enumerable.Range(0, 4).Select(i => data.ReadEncoded(i).ToArray()), view.GetColumn<byte[]>(data.ImageColumnName));
    }

    [Fact]
    public void Other_class_names_than_its_own_are_refused()
    {
        var records = SmallCifar.Records(1, i => i);
        _folder.Write("cifar-100-binary.tar.gz", SmallCifar.Archive(records, records));
        var options = new DatasetOptions { DataPath = _folder.Path, ClassNames = ["cat", "dog"] };
        Assert.Throws<InvalidDataException>(() => ImageDataset.Open("cifar100", DatasetSplit.Test, options));
    }

    [Fact]
    public void A_download_that_is_not_the_official_file_is_refused_and_nothing_is_left()
    {
        var source = new Cifar100Source(new Answer(HttpStatusCode.OK, "<html>log in</html>"), _folder.Path);
        var message = Assert.Throws<IOException>(() => source.Download(new DatasetOptions(), default)).Message;
        Assert.Contains("MD5", message, StringComparison.Ordinal);
        Assert.Contains($"Put cifar-100-binary.tar.gz", message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(Cifar100Source.MaxBytes + 1)]
    [InlineData(null)]
    public void A_download_that_does_not_end_is_stopped_at_the_archives_size(long? announced)
    {
        var body = new EndlessBody();
        var content = new StreamContent(body);
        content.Headers.ContentLength = announced;
        var message = Assert.Throws<IOException>(() => new Cifar100Source(new Answer(HttpStatusCode.OK, content), _folder.Path)
            .Download(new DatasetOptions(), default)).Message;
        Assert.Contains(Cifar100Source.MaxBytes.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
        Assert.InRange(body.Given, 0, announced is null ? Cifar100Source.MaxBytes + (1 << 20) : 1 << 20);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    /// <summary>Zeros without end.</summary>
    private sealed class EndlessBody : Stream
    {
        public long Given { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => Given; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    [Fact]
    public void Offline_the_message_says_which_file_to_put_where()
    {
        foreach (var message in (string[])
        [
            Assert.Throws<IOException>(() => new Cifar100Source(new Answer(HttpStatusCode.NotFound, ""), _folder.Path)
                .Download(new DatasetOptions(), default)).Message,
            Assert.Throws<FileNotFoundException>(() => new Cifar100Source(null, _folder.Path)
                .Download(new DatasetOptions { AllowDownload = false }, default)).Message,
        ])
        {
            Assert.Contains("Put cifar-100-binary.tar.gz", message, StringComparison.Ordinal);
            Assert.Contains(_folder.Path, message, StringComparison.Ordinal);
            Assert.Contains("DLA_DATA", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_real_data_has_a_hundred_test_images_of_each_class()
    {
        var data = ImageDataset.Open("cifar100", DatasetSplit.Test, new DatasetOptions { DataPath = SharedData.Path("data/cifar-100-binary.tar.gz") });
        Assert.Equal("CIFAR-100, 10,000 test images", data.Name);
        Assert.Equal(("apple", "worm"), (data.ClassNames[0], data.ClassNames[99]));
        Assert.All(Enumerable.Range(0, data.Count).CountBy(data.Label), c => Assert.Equal(100, c.Value));
    }

    private sealed class Answer(HttpStatusCode status, HttpContent content) : HttpMessageHandler
    {
        public Answer(HttpStatusCode status, string content) : this(status, new ByteArrayContent(Encoding.UTF8.GetBytes(content)))
        {
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            new(status) { Content = content };

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}
