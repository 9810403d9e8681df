#:project ../Dla.MLNet/Dla.MLNet.csproj
#:project ../Dla.Finetune/Dla.Finetune.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Classify and evaluate: a model file, one photo, then ten thousand images through an ML.NET pipeline.
// Run it with: dotnet run notebooks/01-classify-and-evaluate.cs [MODEL.onnx] [PHOTO]
using Dla.Finetune;
using Dla.MLNet;
using Microsoft.ML;

// The model file says by itself what it is: its card holds class names, preprocessing and how it was trained.
var path = args.Length > 0 ? args[0] : "Dla.Cli/Models/cifar100-dla46_c.onnx";
var card = DlaModelCard.Load(path)!;
Console.WriteLine($"{path}: {card.Variant}, {card.ClassNames.Count} classes, {card.Preprocessing.CropSize}×{card.Preprocessing.CropSize} pixels");

// One photo needs no ML.NET rows.
if (args.Length > 1)
{
    using var classifier = DlaClassifier.Open(path);
    foreach (var c in classifier.Predict(args[1]).Top) Console.WriteLine($"  {c.Probability,6:p1}  {c.Label}");
}

// A data set goes through a pipeline: labels become keys in the model's order, images become probabilities. Nothing is read yet.
var ml = new MLContext(seed: 1);
var test = ImageDataset.Open("cifar100", DatasetSplit.Test, new DatasetOptions { ClassNames = card.ClassNames });
var images = test.ToDataView(ml);
var pipeline = ml.Transforms.MapLabels(card).Append(ml.Transforms.ClassifyImages(path, test.ImageColumnName));
var scored = pipeline.Fit(images).Transform(images);

// EvaluateImages pulls the rows through, and hands them on to ML.NET's own metrics.
var result = ml.EvaluateImages(scored);
Console.WriteLine($"{test.Name}: top-1 {result.Top1:p2}, top-5 {result.Top5:p2}, log-loss {result.Metrics!.LogLoss:f3}");

// The confusion matrix is ML.NET's: which classes are found least often?
var recall = result.Metrics.ConfusionMatrix.PerClassRecall;
foreach (var i in Enumerable.Range(0, card.ClassNames.Count).OrderBy(i => recall[i]).Take(5))
    Console.WriteLine($"  {card.ClassNames[i],-14} {recall[i]:p0} found");
