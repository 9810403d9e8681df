#:project ../Dla.MLNet/Dla.MLNet.csproj
#:project ../Dla.Finetune/Dla.Finetune.csproj
#:project Display/Display.csproj
#:package OxyPlot.Core
#:property DlaNativeOnnx=true
#:property DlaNativeTorch=true
#:property PublishAot=false
#:property NoWarn=IDE0005
using static Dla.Notebooks.Display;

// %% [markdown]
// # Transfer to CIFAR-100
//
// A network that has learned to see needs few pictures to learn something new.
//
// The one here, DLA-46-C, has learned 80 of the 100 classes of CIFAR-100. It has never seen the other 20. From 50 pictures of each it learns those, in three
// ways: a new head only, the whole network, and, to compare, a network that starts from nothing.
// %%
using System.Diagnostics;
using System.IO;
using Dla.Finetune;
using Dla.MLNet;
using Dla.Models;
using Microsoft.ML;
using Microsoft.ML.Data;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

var weights = Path.Combine(Directory.Exists("notebooks") ? "notebooks" : ".", "Weights/cifar100-80-classes.safetensors");
var pretrained = await DlaPretrained.LoadAsync(weights);
var all = ImageDataset.Open("cifar100", DatasetSplit.Train);
var unseen = all.ClassNames.Except(pretrained.ClassNames).ToArray();
Console.WriteLine($"{pretrained.Network.Variant.Name} knows {pretrained.ClassNames.Count} classes: {string.Join(", ", pretrained.ClassNames.Take(5))} …");
Console.WriteLine($"It does not know {unseen.Length}: {string.Join(", ", unseen)}");
pretrained.Network.Dispose();
// %% [markdown]
// ## A thousand pictures
//
// Fifty of each new class, chosen by a seed. The 2,000 test images of those classes are for measuring only.
// %%
var train = all.OfClasses(unseen).Sample(50);
var test = ImageDataset.Open("cifar100", DatasetSplit.Test).OfClasses(unseen);
string Picture(int i) => $"<img width='64' style='image-rendering: pixelated' src='data:image/bmp;base64,{Convert.ToBase64String(train.ReadEncoded(i).Span)}'>";
var firsts = Enumerable.Range(0, train.Count).GroupBy(train.Label).OrderBy(g => g.Key).Select(g => $"<td>{Picture(g.First())}<br>{train.ClassNames[g.Key]}</td>");
display(HTML($"<table>{string.Concat(firsts.Chunk(10).Select(row => $"<tr>{string.Concat(row)}</tr>"))}</table>"));
Console.WriteLine($"{train.Count:n0} pictures to learn from, {test.Count:n0} to measure on");
// %% [markdown]
// ## An ML.NET estimator
//
// `DlaImageClassification` is a trainer like ML.NET's own: data goes into `Fit`, a transformer comes out that classifies images. All three runs make six passes
// over the pictures, by the same function.
// %%
var ml = new MLContext(seed: 1);
var (trainData, testData) = (train.ToDataView(ml), test.ToDataView(ml));
var runs = new List<(string Name, double Top1, double Top5, double Seconds, List<TrainingEpoch> Epochs)>();

DlaClassifyingTransformer Learn(string name, DlaImageClassificationOptions options)
{
    var epochs = new List<TrainingEpoch>();
    var watch = Stopwatch.StartNew();
    var model = ml.MulticlassClassification.Trainers
        .DlaImageClassification(options with { FeatureColumnName = train.ImageColumnName, Epoch = 6, BatchSize = 50, MetricsCallback = epochs.Add })
        .Fit(trainData);
    var seconds = watch.Elapsed.TotalSeconds;
    var result = ml.EvaluateImages(ml.Transforms.MapLabels(model.Card).Fit(testData).Append(model).Transform(testData));
    runs.Add((name, result.Top1, result.Top5, seconds, epochs));
    return model;
}
// %% [markdown]
// **The head only.** Everything but the last layer stays as it is. So the network runs over each picture once, and the six passes are over what came out of it.
// %%
var head = Learn("head only", new DlaImageClassificationOptions { Weights = weights, Recipe = DlaTrainingOptions.HeadOnly });
Console.WriteLine($"top-1 {runs[^1].Top1:p1}, top-5 {runs[^1].Top5:p1}");
// %% [markdown]
// **The whole network.** All weights go on learning, from where they are.
// %%
var full = Learn("whole network", new DlaImageClassificationOptions { Weights = weights });
Console.WriteLine($"top-1 {runs[^1].Top1:p1}, top-5 {runs[^1].Top5:p1}");
// %% [markdown]
// **From scratch.** The same network with random weights, the same pictures, as many steps, and the recipe for networks that know nothing.
// %%
var scratch = Learn("from scratch", new DlaImageClassificationOptions
{
    Variant = DlaVariant.Dla46C,
    Preprocessing = head.Card.Preprocessing,
    LearningRate = 0.08,
});
Console.WriteLine($"top-1 {runs[^1].Top1:p1}, top-5 {runs[^1].Top5:p1}");
// %% [markdown]
// ## What came of it
// %%
var table = runs.Select(r => $"<tr><td>{r.Name}</td><td>{r.Top1:p1}</td><td>{r.Top5:p1}</td><td>{r.Seconds:f0} s</td></tr>");
display(HTML($"<table><tr><th>2,000 test images</th><th>top-1</th><th>top-5</th><th>Fit took</th></tr>{string.Concat(table)}</table>"));

var plot = new PlotModel { Title = "Right among the training pictures", Background = OxyColors.White, PlotMargins = new OxyThickness(60, double.NaN, double.NaN, double.NaN) };
plot.Legends.Add(new Legend { LegendPosition = LegendPosition.TopLeft });
plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "pass", MajorStep = 1, MinorStep = 1 });
plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Minimum = 0, Maximum = 1, StringFormat = "0 %" });
foreach (var run in runs)
{
    var line = new LineSeries { Title = run.Name + "\u2003\u2003", MarkerType = MarkerType.Circle };
    line.Points.AddRange(run.Epochs.Select(e => new DataPoint(e.Epoch, e.Top1)));
    plot.Series.Add(line);
}
display(HTML(new SvgExporter { Width = 720, Height = 360, IsDocument = false }.ExportToString(plot)));
// %% [markdown]
// Pictures are varied in training (pieces of them, mirrored) where the whole network learns, so its curve says less than the table about what was learned.
//
// ## Keep it
//
// The transformer is saved like any ML.NET model; the zip holds the network, the class names and how pictures are prepared. Loaded again, it classifies single pictures.
// %%
var zip = Path.Combine(Path.GetTempPath(), $"dla-notebook-{Guid.NewGuid():n}.zip");
ml.Model.Save(full, testData.Schema, zip);
var loaded = ml.Model.Load(zip, out _);
var first = ml.Data.TakeRows(testData, 5);
var scored = loaded.Transform(first);
var answers = ml.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel").Fit(scored).Transform(scored);
var said = first.GetColumn<ReadOnlyMemory<char>>("Label").Zip(answers.GetColumn<ReadOnlyMemory<char>>("Answer"));
Console.WriteLine(string.Join("\n", said.Select(s => $"{s.First}: taken for {s.Second}")));
File.Delete(zip);
