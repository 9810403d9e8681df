using System.Diagnostics.CodeAnalysis;

namespace Dla.Notebooks;

/// <summary>What .NET Interactive gives every C# notebook, for programs: <c>display</c> and <c>HTML</c>.</summary>
/// <remarks>A program prints text to the terminal and gathers everything in a page, whose path it prints at its end.</remarks>
[SuppressMessage("Style", "IDE1006", Justification = "These are the names in notebooks.")]
[SuppressMessage("Naming", "CA1708", Justification = "These are the names in notebooks.")]
public static class Display
{
    private static readonly Lazy<DisplayPage> Page = new(DisplayPage.Begin);

    /// <summary>Receives what is shown; a program's page unless set.</summary>
    public static Action<object>? Sink { get; set; }

    /// <summary>Marks a text as HTML.</summary>
    public static Html HTML(string text) => new(text);

    /// <summary>Shows a value: HTML as such, anything else as its text.</summary>
    public static void display(object value)
    {
        if (Sink is not null) Sink(value);
        else Page.Value.Add(value);
    }
}
