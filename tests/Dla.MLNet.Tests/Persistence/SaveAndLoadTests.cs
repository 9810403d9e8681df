using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class SaveAndLoadTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-saved-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_chain_that_was_saved_and_loaded_gives_the_same_scores_though_the_ONNX_file_is_gone()
    {
        var onnx = Path.Combine(_folder, "model.onnx");
        File.Copy(TinyModel.Path, onnx);
        var model = SavedModels.Chain(_ml, SavedModels.Data(_ml), onnx);
        File.Delete(onnx);
        var zip = Save(model);
        Assert.Equal(SavedModels.Read(model, _ml), SavedModels.Read(new MLContext().Model.Load(zip, out _), _ml));
        using var archive = ZipFile.OpenRead(zip);
        var entry = Assert.Single(archive.Entries, e => e.Name == "Model.onnx");
        Assert.Equal(new FileInfo(TinyModel.Path).Length, entry.Length);
    }

    [Fact]
    public void A_model_loaded_from_a_zip_can_be_saved_again()
    {
        var zip = Save(SavedModels.Chain(_ml, SavedModels.Data(_ml), TinyModel.Path));
        var loaded = new MLContext().Model.Load(zip, out _);
        var again = new MLContext().Model.Load(Save(loaded), out _);
        Assert.Equal(SavedModels.Read(loaded, _ml), SavedModels.Read(again, _ml));
    }

    [Fact]
    public void A_zip_of_an_older_version_gives_the_scores_it_gave()
    {
        var loaded = _ml.Model.Load(SavedModels.Golden, out var schema);
        Assert.Equal(SavedModels.Data(_ml).Schema.Select(c => (c.Name, c.Type)), schema.Select(c => (c.Name, c.Type)));
        Assert.Equal(File.ReadAllLines(Path.ChangeExtension(SavedModels.Golden, ".txt")), SavedModels.Read(loaded, _ml));
        var features = _ml.Model.Load(SavedModels.GoldenFeatures, out _);
        Assert.Equal(File.ReadAllLines(Path.ChangeExtension(SavedModels.GoldenFeatures, ".txt")), SavedModels.ReadFeatures(features, _ml));
    }

    [Fact]
    public void A_fresh_process_loads_and_saves_a_model_alone_in_a_chain_and_for_single_predictions_and_leaves_no_temporary_file()
    {
        var temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Dla.MLNet.Tests"),
            ["--load-saved-model", SavedModels.Golden])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = temporary, ["TEMP"] = temporary, ["TMP"] = temporary, ["DOTNET_EnableDiagnostics"] = "0" },
        })!;
        var (output, error) = (process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error + output);
        Assert.Equal(SavedModels.Read(SavedModels.Chain(_ml, SavedModels.Data(_ml), TinyModel.Path), _ml),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        // .ses is ONNX Runtime's own mark, made by any session
        Assert.Equal([], Directory.GetFileSystemEntries(temporary).Where(f => Path.GetFileName(f) != ".ses"));
    }

    [Theory]
    [InlineData("Model.onnx", "cut")]
    [InlineData("Model.onnx", "absent")]
    [InlineData("Model.onnx", "flipped")]   // one bit of a weight, which the zip's own checksum would tell, did anyone look
    [InlineData("Model.key", "header")]
    public void A_damaged_zip_is_a_clear_error(string entryName, string damage)
    {
        var zip = Save(SavedModels.Chain(_ml, SavedModels.Data(_ml), TinyModel.Path));
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Update))
        {
            var entry = archive.Entries.Single(e => e.Name == entryName
                && (e.Name == "Model.onnx" || e.FullName.Contains("Transform_001", StringComparison.Ordinal)));
            var bytes = new byte[entry.Length];
            using (var stream = entry.Open()) stream.ReadExactly(bytes);
            var name = entry.FullName;
            entry.Delete();
            if (damage == "flipped") bytes[bytes.Length / 2] ^= 1;
            if (damage == "cut") bytes = bytes[..(bytes.Length / 2)];
            if (damage == "header") bytes.AsSpan(bytes.AsSpan().IndexOf("\"inputColumnName\""u8), 8).Fill((byte)'{');
            if (damage != "absent")
            {
                using var stream = archive.CreateEntry(name).Open();
                stream.Write(bytes);
            }
        }
        var error = Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(zip, out _));
        while (error is not FormatException && error.InnerException is { } inner) error = inner;
        Assert.Matches("damaged|not a complete ONNX file", Assert.IsType<FormatException>(error).Message);
    }

    [Fact]
    public void Every_option_is_in_the_zip_and_comes_back()
    {
        var parallelism = Environment.ProcessorCount + 1;   // what equals the default is not saved
        var options = new DlaClassifierOptions
        {
            ModelPath = TinyModel.Path,
            InputColumnName = "Image",
            ScoreColumnName = "S",
            PredictedLabelColumnName = "P",
            ImageErrorColumnName = "E",
            OnBadImage = BadImageHandling.Missing,
            ImageFolder = "photos",
            MaxPixels = 1234567,
            Parallelism = parallelism,
            BatchSize = 17,
            Mode = ScoringMode.Throughput,
            Preprocessing = new ImagePreprocessing { ResizeShortSide = 64, CropSize = 64, Interpolation = ImageInterpolation.Bicubic,
                Orientation = ImageOrientation.AsStored },
            ClassNames = ["v", "w", "x", "y", "z"],
        };
        var data = _ml.Data.LoadFromEnumerable([new { Image = "a.png" }]);
        var loadedFrom = "";
        string Saved(ITransformer model)
        {
            var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.zip");
            _ml.Model.Save(model, data.Schema, path);
            using var archive = ZipFile.OpenRead(path);
            using var reader = new StreamReader(archive.Entries.Single(e => e.Name == "Model.key"
                && e.FullName.Contains("TransformerChain", StringComparison.Ordinal)).Open(), System.Text.Encoding.Latin1);
            var text = reader.ReadToEnd();
            loadedFrom = path;
            return text[text.IndexOf('{', StringComparison.Ordinal)..(text.LastIndexOf('}') + 1)];
        }
        var first = Saved(_ml.Transforms.ClassifyImages(options).Fit(data));
        foreach (var value in (string[])["\"Image\"", "\"S\"", "\"P\"", "\"E\"", "missing", "photos", "1234567", $"\"parallelism\": {parallelism}",
            "\"batchSize\": 17",
            "throughput", "bicubic", "asStored", "\"z\""])
            Assert.Contains(value.Replace(" ", "", StringComparison.Ordinal), first.Replace(" ", "", StringComparison.Ordinal),
                StringComparison.OrdinalIgnoreCase);
        using var loaded = (DlaClassifyingTransformer)_ml.Model.Load(loadedFrom, out _);
        Assert.Equal(first, Saved(loaded));
    }

    [Fact]
    public void A_loaded_model_works_with_other_options()
    {
        var photos = Directory.CreateDirectory(Path.Combine(_folder, "photos")).FullName;
        File.WriteAllBytes(Path.Combine(photos, "0.png"), TestImages.Png(0));
        var rows = _ml.Data.LoadFromEnumerable([new { ImagePath = "0.png" }, new { ImagePath = "1.png" }]);
        var options = new DlaClassifierOptions { ModelPath = TinyModel.Path, ImageFolder = "/where/it/was/trained", ScoreColumnName = "S" };
        var zip = Path.Combine(_folder, "elsewhere.zip");
        using (var model = _ml.Transforms.ClassifyImages(options).Fit(rows)) _ml.Model.Save(model, rows.Schema, zip);
        using var loaded = (DlaClassifyingTransformer)_ml.Model.Load(zip, out _);
        using var here = loaded.With(o => o with { ImageFolder = photos, OnBadImage = BadImageHandling.Missing });
        var scores = here.Transform(rows).GetColumn<float[]>("S").ToList();
        Assert.All(TinyModel.Probabilities(TestImages.Png(0)).Zip(scores[0]), p => Assert.Equal(p.First, p.Second, 1e-4f));
        Assert.All(scores[1], s => Assert.True(float.IsNaN(s)));
        Assert.Throws<ImageDecodeException>(() => loaded.Transform(rows).GetColumn<float[]>("S").ToList());   // it is as it was
        Assert.Throws<ArgumentException>(() => loaded.With(o => o with { ClassNames = ["one"] }));
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => loaded.With(o => o));
        Assert.Equal(2, here.Transform(rows).GetColumn<float[]>("S").Count());

        using var features = _ml.Transforms.FeaturizeImages(new DlaFeaturizerOptions { ModelPath = TinyModel.Path, ImageFolder = "nowhere" }).Fit(rows);
        using var found = features.With(o => o with { ImageFolder = photos });
        Assert.Throws<ArgumentException>(() => features.With(_ => null!));
        using var pixels = _ml.Transforms.PreprocessImages(new DlaPreprocessorOptions { ImageFolder = "nowhere" }).Fit(rows);
        using var read = pixels.With(o => o with { ImageFolder = photos, Preprocessing = new ImagePreprocessing { ResizeShortSide = 32, CropSize = 32 } });
        Assert.Equal(3 * 32 * 32, read.Transform(_ml.Data.TakeRows(rows, 1)).GetColumn<float[]>("Pixels").Single().Length);
        Assert.Equal(TinyModel.EmbeddingLength, found.Transform(_ml.Data.TakeRows(rows, 1)).GetColumn<float[]>("Embedding").Single().Length);
    }

    [Fact]
    public void A_file_that_is_no_zip_is_an_error_that_says_so()
    {
        var path = Path.Combine(_folder, "model.zip");
        File.WriteAllText(path, "no zip");
        Assert.IsNotType<NullReferenceException>(Assert.ThrowsAny<Exception>(() => _ml.Model.Load(path, out _)));
    }

    [Fact]
    public void A_model_file_that_changed_since_it_was_opened_is_not_saved()
    {
        var onnx = Path.Combine(_folder, "model.onnx");
        File.Copy(TinyModel.Path, onnx);
        var model = SavedModels.Chain(_ml, SavedModels.Data(_ml), onnx);
        File.SetLastWriteTimeUtc(onnx, DateTime.UtcNow.AddMinutes(1));
        Assert.Contains("written to", Assert.Throws<InvalidOperationException>(() => Save(model)).Message, StringComparison.Ordinal);
    }

    private string Save(ITransformer model)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.zip");
        _ml.Model.Save(model, SavedModels.Data(_ml).Schema, path);
        return path;
    }
}
