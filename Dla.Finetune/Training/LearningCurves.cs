using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Dla.Finetune;

/// <summary>Draws how loss and accuracy went over the epochs, as SVG.</summary>
internal static class LearningCurves
{
    private const double Width = 720, Height = 420;

    /// <summary>The fonts of those who look can be wider than Helvetica, by which texts are measured and cut off.</summary>
    private const string Room = "\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0";

    /// <param name="epochs">At least one.</param>
    public static string Draw(IReadOnlyList<TrainingEpoch> epochs)
    {
        var plot = new PlotModel { DefaultFont = "Helvetica, Arial, sans-serif", IsLegendVisible = true };
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.TopCenter, LegendPlacement = LegendPlacement.Outside,
            LegendOrientation = LegendOrientation.Horizontal });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "epoch", Minimum = 0.5, Maximum = epochs.Count + 0.5, MinimumMajorStep = 1,
            MinorTickSize = 0 });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "top-1, %", Key = "top1", Minimum = 0, Maximum = 100,
            MajorGridlineStyle = LineStyle.Dot });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Right, Title = "loss", Key = "loss", Minimum = 0 });
        Add("training loss", OxyColors.Gray, "loss", e => e.Loss);
        Add("training top-1", OxyColors.SteelBlue, "top1", e => 100 * e.Top1);
        Add("validation top-1", OxyColors.DarkOrange, "top1", e => 100 * e.Validation?.Top1);
        return new SvgExporter { Width = Width, Height = Height }.ExportToString(plot);

        void Add(string title, OxyColor color, string axis, Func<TrainingEpoch, double?> value)
        {
            var line = new LineSeries { Title = title + Room, Color = color, YAxisKey = axis, MarkerType = MarkerType.Circle, MarkerSize = 2.5,
                MarkerFill = color };
            foreach (var epoch in epochs)
                if (value(epoch) is { } y) line.Points.Add(new DataPoint(epoch.Epoch, y));
            if (line.Points.Count > 0) plot.Series.Add(line);
        }
    }
}
