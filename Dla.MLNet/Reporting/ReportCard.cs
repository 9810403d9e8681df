using static Dla.MLNet.ReportText;

namespace Dla.MLNet;

/// <summary>The model card in words, and whole as JSON.</summary>
internal static class ReportCard
{
    public static Html Render(DlaModelCard card)
    {
        var text = new ReportText().Add($"<dl>");
        void Row(string name, string? value) { if (!string.IsNullOrEmpty(value)) text.Add($"<dt>{name}</dt><dd>{value}</dd>\n"); }
        var preprocessing = card.Preprocessing;
        Row("network", card.Variant);
        Row("classes", Count(card.ClassNames.Count));
        Row("weights", card.Weights);
        Row("preprocessing", $"shorter side to {preprocessing.ResizeShortSide} pixels, centre crop of {preprocessing.CropSize} × " +
            $"{preprocessing.CropSize}, {preprocessing.Interpolation}, {preprocessing.Orientation}");
        if (card.Training is { } training)
        {
            Row("trained on", training.Data);
            Row("epochs", training.Epochs > 0 ? Count(training.Epochs) : null);
            Row("recipe", training.Recipe);
            if (training.Top1 is { } top1) Row("measured then",
                $"top-1 {Percent(top1)}{(training.Top5 is { } top5 ? $", top-5 {Percent(top5)}" : "")}{(training.MeasuredOn is { } on ? $" on {on}" : "")}");
        }
        if (card.Quantization is { } quantization)
            Row("quantized", $"{quantization.Scheme}; ranges by {quantization.Calibration} on {Count(quantization.CalibrationImages)} images");
        return text.Add($"</dl><details><summary>The whole card</summary><pre>{card.ToJson()}</pre></details>").ToHtml();
    }
}
