using System.Globalization;
using System.Net;
using System.Text;

namespace Dla.MLNet;

/// <summary>Builds HTML: what is interpolated is escaped, unless it is HTML already.</summary>
internal sealed class ReportText
{
    private readonly StringBuilder _text = new();

    /// <summary>Appends a template whose values are escaped; numbers are written as programs write them.</summary>
    public ReportText Add(FormattableString template)
    {
        var values = template.GetArguments();
        for (var i = 0; i < values.Length; i++) values[i] = values[i] is Html html ? html.Text : new Escaped(values[i]);
        _text.AppendFormat(CultureInfo.InvariantCulture, template.Format, values);
        return this;
    }

    public Html ToHtml() => new(_text.ToString());

    /// <summary>HTML that is not escaped again.</summary>
    internal sealed record Html(string Text);

    /// <summary>A fraction as a percentage, which is never broken before its sign.</summary>
    public static string Percent(double fraction, int digits = 2) => (100 * fraction).ToString("f" + digits, CultureInfo.InvariantCulture) + "\u00A0%";

    public static string Number(double value, int digits) => value.ToString("f" + digits, CultureInfo.InvariantCulture);

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private sealed class Escaped(object? value) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? provider) =>
            WebUtility.HtmlEncode(value is IFormattable formattable ? formattable.ToString(format, provider) : value?.ToString()) ?? "";

        public override string ToString() => ToString(null, CultureInfo.InvariantCulture);
    }
}
