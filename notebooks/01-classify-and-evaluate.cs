#:project ../Dla.MLNet/Dla.MLNet.csproj
#:project ../Dla.Finetune/Dla.Finetune.csproj
#:project Display/Display.csproj
#:package OxyPlot.Core
#:property DlaNativeOnnx=true
#:property PublishAot=false
#:property NoWarn=IDE0005
using static Dla.Notebooks.Display;

// %% [markdown]
// # Classify and evaluate
//
// A model file, a few pictures, then ten thousand images through an ML.NET pipeline.
//
// The model is the one that comes with the `dla` command: DLA-46-C, 1.3 million parameters, trained on the 100 classes of CIFAR-100.
// %%
using System.IO;
using Dla.Finetune;
using Dla.MLNet;
using Microsoft.ML;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

var root = Directory.Exists("Dla.Cli") ? "." : "..";
var path = Path.Combine(root, "Dla.Cli/Models/cifar100-dla46_c.onnx");
var card = DlaModelCard.Load(path)!;
Console.WriteLine($"{card.Variant}, {card.ClassNames.Count} classes, {card.Preprocessing.CropSize} × {card.Preprocessing.CropSize} pixels, {new FileInfo(path).Length / 1e6:f1} MB");
// %% [markdown]
// The file says by itself what it is: its *card* holds the class names, how images must be prepared, and how it was trained. Nothing of that has to be
// repeated in code.
//
// ## A few pictures
//
// `DlaClassifier` is the direct way: an encoded image in, the best classes out. It is safe to share between threads.
// %%
var test = ImageDataset.Open("cifar100", DatasetSplit.Test, new DatasetOptions { ClassNames = card.ClassNames });

string Picture(int index) => $"<img width='96' style='image-rendering: pixelated' src='data:image/bmp;base64,{Convert.ToBase64String(test.ReadEncoded(index).Span)}'>";

using (var classifier = DlaClassifier.Open(path))
{
    var rows = Enumerable.Range(0, 6).Select(i => i * 17).Select(i =>
    {
        var guesses = classifier.Predict(test.ReadEncoded(i).Span, top: 3).Top.Select(c => $"{c.Label} {c.Probability:p0}");
        return $"<td style='vertical-align: top'>{Picture(i)}<br><b>{test.ClassNames[test.Label(i)]}</b><br>{string.Join("<br>", guesses)}</td>";
    });
    display(HTML($"<table><tr>{string.Concat(rows)}</tr></table>"));
}
// %% [markdown]
// In bold what the picture is; below it the model's three best guesses.
//
// ## Ten thousand images
//
// A data set goes through an ML.NET pipeline: labels become keys in the model's order, images become probabilities. Nothing is read until
// `EvaluateImages` pulls the rows through; it counts, and hands the rows on to ML.NET's own metrics.
// %%
var ml = new MLContext(seed: 1);
var images = test.ToDataView(ml);
var pipeline = ml.Transforms.MapLabels(card).Append(ml.Transforms.ClassifyImages(path, test.ImageColumnName));
var result = ml.EvaluateImages(pipeline.Fit(images).Transform(images));
Console.WriteLine($"{test.Name}: top-1 {result.Top1:p2}, top-5 {result.Top5:p2}, log-loss {result.Metrics!.LogLoss:f3}");
// %% [markdown]
// ## Which classes are hard?
//
// The confusion matrix is ML.NET's. Its recall, class by class:
// %%
var recall = result.Metrics.ConfusionMatrix.PerClassRecall;
var order = Enumerable.Range(0, card.ClassNames.Count).OrderBy(i => recall[i]).ToArray();
var chosen = order.Take(8).Concat(order.TakeLast(8)).ToArray();
var plot = new PlotModel { Title = "The eight hardest and the eight easiest classes", Background = OxyColors.White, PlotMargins = new OxyThickness(110, double.NaN, double.NaN, double.NaN) };
plot.Axes.Add(new CategoryAxis { Position = AxisPosition.Left, ItemsSource = chosen.Select(i => card.ClassNames[i]).ToList() });
plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Minimum = 0, Maximum = 1, StringFormat = "0 %", Title = "found" });
plot.Series.Add(new BarSeries { ItemsSource = chosen.Select(i => new BarItem(recall[i])).ToList(), FillColor = OxyColor.FromRgb(0x2b, 0x6c, 0xb0) });
display(HTML(new SvgExporter { Width = 640, Height = 420, IsDocument = false }.ExportToString(plot)));
// %% [markdown]
// ## And what are they taken for?
// %%
var counts = result.Metrics.ConfusionMatrix.Counts;
var pairs =
    from i in Enumerable.Range(0, counts.Count)
    from j in Enumerable.Range(0, counts.Count)
    where i != j
    orderby counts[i][j] descending
    select $"<tr><td>{card.ClassNames[i]}</td><td>{card.ClassNames[j]}</td><td>{counts[i][j]:f0}</td></tr>";
display(HTML($"<table><tr><th>is</th><th>taken for</th><th>images</th></tr>{string.Concat(pairs.Take(8))}</table>"));
