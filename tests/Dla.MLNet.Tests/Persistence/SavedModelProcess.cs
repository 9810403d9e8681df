using Microsoft.ML;

namespace Dla.MLNet.Tests;

/// <summary>
/// The test program as another process: <c>--load-saved-model ZIP</c> prints what a saved model gives, in bulk and for single rows, without any estimator
/// having been used;
/// <c>--save-model CLASSIFY.zip FEATURES.zip</c> writes the golden files of this version.
/// </summary>
internal static class SavedModelProcess
{
    /// <summary>Does what the arguments ask; false when they are for the test runner.</summary>
    public static bool Run(string[] args)
    {
        if (args is ["--save-model", var classify, var features]) Save(classify, features);
        else if (args is ["--load-saved-model", var loaded]) Load(loaded);
        else return false;
        return true;
    }

    private static void Save(string classify, string features)
    {
        var ml = new MLContext(seed: 1);
        var data = SavedModels.Data(ml);
        ml.Model.Save(SavedModels.Chain(ml, data, TinyModel.Path), data.Schema, classify);
        ml.Model.Save(SavedModels.Features(ml, data), data.Schema, features);
        File.WriteAllLines(Path.ChangeExtension(classify, ".txt"), SavedModels.Read(ml.Model.Load(classify, out _), ml));
        File.WriteAllLines(Path.ChangeExtension(features, ".txt"), SavedModels.ReadFeatures(ml.Model.Load(features, out _), ml));
    }

    private static void Load(string path)
    {
        var ml = new MLContext(seed: 1);
        var chain = ml.Model.Load(path, out _);
        var lines = SavedModels.Read(chain, ml);
        foreach (var line in lines) Console.WriteLine(line);
        using var engine = ml.Model.CreatePredictionEngine<BytesRow, NamedRow>(chain, new PredictionEngineOptions { OwnsTransformer = false });
        var names = Enumerable.Range(0, 4).Select(i => engine.Predict(new BytesRow { Image = TestImages.Png(i) }).ClassName);
        if (!names.SequenceEqual(lines.Take(4).Select(l => l.Split(' ')[0])))
            throw new InvalidOperationException("single predictions differ from the data set's");

        var alone = ((IEnumerable<ITransformer>)chain).OfType<DlaClassifyingTransformer>().Single();
        using var zip = new MemoryStream();
        ml.Model.Save(alone, null, zip);
        zip.Position = 0;
        if (new MLContext().Model.Load(zip, out _) is not DlaClassifyingTransformer)
            throw new InvalidOperationException("the transformer alone is loaded as something else");
        if (AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name!.Contains("Torch", StringComparison.Ordinal)))
            throw new InvalidOperationException("TorchSharp is loaded");
    }

    private sealed class NamedRow
    {
        public string ClassName { get; set; } = "";
    }
}
