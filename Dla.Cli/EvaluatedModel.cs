using System.CommandLine;
using Dla.Export;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Cli;

/// <summary>The model that a verb scores with: a file, or weights that are exported into a temporary one.</summary>
internal sealed class EvaluatedModel : IDisposable
{
    private readonly string? _temporary;

    private EvaluatedModel(string path, string name, string? temporary) => (Path, Name, _temporary) = (path, name, temporary);

    /// <summary>How images are prepared, where the command line says it.</summary>
    public ImagePreprocessing? Preprocessing { get; private init; }

    /// <summary>The ONNX file.</summary>
    public string Path { get; }

    /// <summary>What to call it in a report.</summary>
    public string Name { get; }

    /// <summary>Opens what the options name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">The <c>--model</c> option.</param>
    /// <param name="weights">The <c>--weights</c> options, which win over a default model and exclude a named one.</param>
    /// <param name="preprocessing">How images are prepared, where the command line says it.</param>
    /// <param name="cancel">Stops a download.</param>
    public static async Task<EvaluatedModel> OpenAsync(ParseResult parsed, Option<string?> model, WeightsOptions weights, PreprocessingOptions preprocessing,
        CancellationToken cancel)
    {
        var file = DefaultModel.Of(parsed, model);
        if (parsed.GetValue(weights.Weights) is null)
            return new EvaluatedModel(file, file, null) { Preprocessing = preprocessing.ForModel(parsed, file) };
        if (parsed.GetValue(model) is not null) throw new ArgumentException("Both --model and --weights are given; give one of them.");
        return await ExportAsync(parsed, weights, preprocessing, cancel);
    }

    public void Dispose()
    {
        if (_temporary is not null) Directory.Delete(_temporary, recursive: true);
    }

    private static async Task<EvaluatedModel> ExportAsync(ParseResult parsed, WeightsOptions weights, PreprocessingOptions preprocessing,
        CancellationToken cancel)
    {
        var loaded = (await weights.LoadAsync(parsed, new DlaPretrainedOptions(), cancel))!;
        using var network = loaded.Network;
        if (network.Options.NumClasses == 0) throw new ArgumentException($"'{loaded.Weights}' has no head, so that it knows no classes. " +
            "Fine-tune it to some first: dla finetune DATA --weights FILE.");
        var card = loaded.Card(preprocessing.Resolve(parsed, loaded.SavedCard()?.Preprocessing));
        var folder = Directory.CreateTempSubdirectory("dla-").FullName;
        var path = System.IO.Path.Combine(folder, "model.onnx");
        try
        {
            // a report shows activation maps
            DlaExporter.Export(network, card, path, new DlaExportOptions { Outputs = DlaOutputs.Logits | DlaOutputs.Features }, cancel);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
        return new EvaluatedModel(path, loaded.Weights, folder);
    }
}
