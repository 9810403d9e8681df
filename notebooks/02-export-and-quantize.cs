#:project ../Dla.Export/Dla.Export.csproj
#:project ../Dla.Finetune/Dla.Finetune.csproj
#:project Display/Display.csproj
#:package OxyPlot.Core
#:property DlaNativeOnnx=true
#:property DlaNativeTorch=true
#:property PublishAot=false
#:property NoWarn=IDE0005
using static Dla.Notebooks.Display;

// %% [markdown]
// # Export and quantize
//
// From weights to an ONNX file that is checked against its module, and from there to int8: a quarter of the size, and faster.
//
// The weights are those of the `dla` command's own model: DLA-46-C, trained on CIFAR-100.
// %%
using System.Diagnostics;
using System.IO;
using Dla.Export;
using Dla.Finetune;
using Dla.MLNet;
using Dla.Models;
using Microsoft.ML;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

var models = Path.Combine(Directory.Exists("Dla.Cli") ? "." : "..", "Dla.Cli/Models");
var folder = Directory.CreateTempSubdirectory("dla-notebook-").FullName;
var weights = await DlaPretrained.LoadAsync(Path.Combine(models, "cifar100-dla46_c.safetensors"));
Console.WriteLine($"{weights.Network.Variant.Name}: {weights.Report.Loaded} tensors, {weights.ClassNames.Count} classes ({weights.ClassNames[0]} … {weights.ClassNames[^1]})");
// %% [markdown]
// ## Export
//
// `DlaExporter` writes the graph with batch norms folded into the convolutions. Before the file gets its name, ONNX Runtime runs it beside the TorchSharp
// module on several batches, and both are held against the network in float64.
// %%
var card = weights.Card();
var full = Path.Combine(folder, "float32.onnx");
var exported = DlaExporter.Export(weights.Network, card, full);
var check = exported.Verification;
Console.WriteLine($"{exported.Bytes / 1e6:f1} MB: {string.Join(", ", exported.NodeCounts.Select(n => $"{n.Value} {n.Key}"))}");
Console.WriteLine($"file against module: {check.RelativeDifference:g2} of the largest value; against float64: file {check.FileError:g2}, module {check.ModuleError:g2}");
// %% [markdown]
// ## Quantize
//
// Int8 needs to know how large the values inside the network get: some training images show it. Three ways to choose the ranges are tried on them, and the
// best is kept.
// %%
var train = ImageDataset.Open("cifar100", DatasetSplit.Train);
var order = Enumerable.Range(0, train.Count).ToArray();
new Random(1).Shuffle(order);
var int8 = Path.Combine(folder, "int8.onnx");
var quantized = DlaQuantizer.Quantize(full, int8, order.Take(512).Select(train.ReadEncoded));
var trials = quantized.Trials.Select(t => $"<tr><td>{t.Method}</td><td>{t.Snr:f1} dB</td><td>{t.Agreement:p1}</td></tr>");
display(HTML($"<table><tr><th>ranges by</th><th>signal to noise of the logits</th><th>same best class</th></tr>{string.Concat(trials)}</table>"));
Console.WriteLine($"taken: {quantized.Method}; {quantized.FloatBytes / 1e6:f1} → {quantized.Bytes / 1e6:f1} MB");
// %% [markdown]
// Where does the noise come from? The signal-to-noise ratio after each convolution, from the image to the classes: each layer adds its own rounding to what
// it inherits.
// %%
var layers = quantized.Layers.Where(l => l.Operator == "Conv" && l.TotalSnr is not null).ToArray();
var plot = new PlotModel { Title = "Signal to noise, layer by layer", Background = OxyColors.White };
plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "convolution" });
plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "dB", Minimum = 0 });
var line = new LineSeries { MarkerType = MarkerType.Circle, Color = OxyColor.FromRgb(0x2b, 0x6c, 0xb0) };
foreach (var (i, layer) in layers.Index()) line.Points.Add(new DataPoint(i + 1, layer.TotalSnr!.Value));
plot.Series.Add(line);
display(HTML(new SvgExporter { Width = 720, Height = 320, IsDocument = false }.ExportToString(plot)));
// %% [markdown]
// ## What it costs, and what it gains
//
// The 10,000 test images decide. Scoring takes the int8 file as it takes the other: its card says how images are prepared.
// %%
var ml = new MLContext(seed: 1);
var test = ImageDataset.Open("cifar100", DatasetSplit.Test, new DatasetOptions { ClassNames = card.ClassNames });
var rows = new List<string>();
foreach (var (name, path) in new[] { ("float32", full), ("int8", int8) })
{
    var images = test.ToDataView(ml);
    var pipeline = ml.Transforms.MapLabels(card).Append(ml.Transforms.ClassifyImages(path, test.ImageColumnName));
    var watch = Stopwatch.StartNew();
    var result = ml.EvaluateImages(pipeline.Fit(images).Transform(images));
    rows.Add($"<tr><td>{name}</td><td>{new FileInfo(path).Length / 1e6:f1} MB</td><td>{result.Top1:p2}</td><td>{result.Top5:p2}</td><td>{test.Count / watch.Elapsed.TotalSeconds:f0}</td></tr>");
}
display(HTML($"<table><tr><th></th><th>size</th><th>top-1</th><th>top-5</th><th>images/s</th></tr>{string.Concat(rows)}</table>"));
Directory.Delete(folder, recursive: true);
