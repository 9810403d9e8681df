using System.Globalization;
using System.Text;
using SkiaSharp;
using static Dla.MLNet.ReportText;

namespace Dla.MLNet;

/// <summary>The confusion matrix as a picture: rows are right classes, columns what they were taken for, classes that are confused beside each other.</summary>
internal static class ConfusionPicture
{
    /// <summary>Side of the matrix in units of the drawing.</summary>
    private const int Side = 1000;

    /// <summary>More cells than this in a row could not be told apart: several classes share one then.</summary>
    private const int MostCells = 334;

    /// <summary>Of a class's name so much is shown beside the matrix: 24 small letters, in units of the font's size.</summary>
    private const double LongestName = 13.8;

    /// <summary>Room above for the upper half of the first label.</summary>
    private const int Top = 6;

    /// <summary>Size of the labels where there are many cells, and where there is room for more.</summary>
    private const double SmallFont = 9.4, LargeFont = 14;

    /// <summary>Width of the legend's colours, and of all of it.</summary>
    private const int LegendColors = 300, LegendWidth = 400;

    /// <summary>The page's text is about so wide: a narrower screen scrolls instead of shrinking the labels.</summary>
    private const int PageWidth = 1080;

    public static Html Render(DlaReport report)
    {
        var order = ClassOrder.Of(report.Classes, report.Confusions);
        var block = (order.Length + MostCells - 1) / MostCells;
        var cells = (order.Length + block - 1) / block;
        var cell = Math.Min((double)Side / cells, 60);
        var side = cell * cells;
        var names = Enumerable.Range(0, cells).Select(i => Shorten(report.Classes[order[i * block]].Name)).ToArray();
        var font = Math.Clamp(0.25 * cell, SmallFont, LargeFont);
        var margin = Math.Max(60, names.Max(LabelWidth) * font + 12);
        var (width, height) = (margin + Math.Max(side, LegendWidth) + 12, Top + side + margin + 90);

        var svg = new ReportText();
        svg.Add($"<p>A row is a class, a column what its images were taken for; the colour is the share of the row. Classes that are confused ");
        svg.Add($"with each other stand side by side, so that patches along the diagonal are groups of similar classes.");
        if (block > 1) svg.Add($" With {Count(order.Length)} classes each cell stands for {block} × {block} of them and has the colour of the strongest; ")
            .Add($"every label names the first class of its cell.");
        svg.Add($"</p><div class=\"scroll\"><svg viewBox=\"0 0 {width:f0} {height:f0}\" role=\"img\" aria-label=\"Confusion matrix of ")
            .Add($"{order.Length} classes\" ");
        svg.Add($"style=\"width:100%;min-width:{Math.Min(width, PageWidth):f0}px;max-width:{width:f0}px\">");
        svg.Add($"<image x=\"{margin:f1}\" y=\"{Top}\" width=\"{side:f1}\" height=\"{side:f1}\" preserveAspectRatio=\"none\" ")
            .Add($"style=\"image-rendering:pixelated\" ");
        svg.Add($"href=\"data:image/png;base64,{Convert.ToBase64String(Pixels(report, order, block, cells))}\"/>");
        var step = (int)Math.Max(1, Math.Ceiling((font + 0.5) / cell));
        for (var i = 0; i < cells; i += step)
        {
            var middle = (i + 0.5) * cell;
            svg.Add($"<text x=\"{margin - 5:f1}\" y=\"{Top + middle + font * 0.35:f1}\" font-size=\"{font:f1}\" text-anchor=\"end\">{names[i]}</text>");
            svg.Add($"<text transform=\"translate({margin + middle + font * 0.35:f1} {Top + side + 5:f1}) rotate(-90)\" font-size=\"{font:f1}\" ");
            svg.Add($"text-anchor=\"end\">{names[i]}</text>\n");
        }
        Legend(svg, margin, Top + side + margin + 22);
        return svg.Add($"</svg></div>").ToHtml();
    }

    /// <summary>One pixel a cell, enlarged by the page.</summary>
    private static byte[] Pixels(DlaReport report, int[] order, int block, int cells)
    {
        var place = new int[order.Length];
        for (var i = 0; i < order.Length; i++) place[order[i]] = i;
        var strongest = new float[cells * cells];
        foreach (var c in report.Confusions)
        {
            ref var value = ref strongest[place[c.Actual] / block * cells + place[c.Predicted] / block];
            value = Math.Max(value, (float)c.Images / Math.Max(1, report.Classes[c.Actual].Images));
        }
        var pixels = new byte[strongest.Length * 4];
        for (var i = 0; i < strongest.Length; i++)
        {
            var (red, green, blue) = Color(strongest[i]);
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = ((byte)red, (byte)green, (byte)blue, 255);
        }
        return new Picture(cells, cells, pixels).Encode(SKEncodedImageFormat.Png, 100);
    }

    /// <summary>Nothing is nearly black; the root brings out small shares.</summary>
    private static (float Red, float Green, float Blue) Color(double share) => share <= 0 ? (14, 14, 22) : HeatColors.At((float)(0.2 + 0.8 * Math.Sqrt(share)));

    private static void Legend(ReportText svg, double left, double top)
    {
        const int Steps = 60;
        for (var i = 0; i < Steps; i++)
        {
            var root = (i + 0.5) / Steps;
            var (red, green, blue) = Color(root * root);
            svg.Add($"<rect x=\"{left + LegendColors * (double)i / Steps:f1}\" y=\"{top:f1}\" width=\"{(double)LegendColors / Steps + 0.5:f1}\" ");
            svg.Add($"height=\"12\" fill=\"rgb({red:f0},{green:f0},{blue:f0})\"/>");
        }
        foreach (var share in (double[])[0.01, 0.1, 0.25, 0.5, 1])
            svg.Add($"<text x=\"{left + LegendColors * Math.Sqrt(share):f1}\" y=\"{top + 27:f1}\" font-size=\"12\" text-anchor=\"middle\" ")
                .Add($"class=\"soft\">{100 * share} %</text>");
        svg.Add($"<rect x=\"{left + LegendColors + 40:f1}\" y=\"{top:f1}\" width=\"16\" height=\"12\" fill=\"rgb(14,14,22)\" stroke=\"var(--line)\"/>");
        svg.Add($"<text x=\"{left + LegendColors + 62:f1}\" y=\"{top + 11:f1}\" font-size=\"12\" class=\"soft\">none</text>");
        svg.Add($"<text x=\"{left:f1}\" y=\"{top + 46:f1}\" font-size=\"12\" class=\"soft\">share of the class's images (row)</text>\n");
    }

    /// <summary>The name, or as much of it as there is room for.</summary>
    private static string Shorten(string name)
    {
        if (LabelWidth(name) <= LongestName) return name;
        var (shown, width) = (new StringBuilder(), 0.0);
        foreach (var letter in Letters(name))
        {
            if ((width += LetterWidth(letter)) > LongestName - 1) break;
            shown.Append(letter);
        }
        return shown.Append('…').ToString();
    }

    /// <summary>About how wide a name is, in units of the font's size, as browsers' fonts differ.</summary>
    private static double LabelWidth(string name) => Letters(name).Sum(LetterWidth);

    /// <summary>What people take for one letter, be it several characters.</summary>
    private static IEnumerable<string> Letters(string name)
    {
        for (var e = StringInfo.GetTextElementEnumerator(name); e.MoveNext();) yield return e.GetTextElement();
    }

    /// <summary>From 2E80 on, Unicode has East Asian letters and pictures, which are as wide as they are high.</summary>
    private static double LetterWidth(string letter) =>
        Rune.TryGetRuneAt(letter, 0, out var first) && first.Value < 0x2E80 ? Rune.IsUpper(first) ? 0.75 : 0.575 : 1;
}
