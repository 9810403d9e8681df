using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>Puts a black border of the same width on all sides of an image while its rows arrive.</summary>
/// <param name="border">Gives the border's width in pixels for the width and height of the image.</param>
/// <param name="sink">Receives the larger image.</param>
internal sealed class PaddingSink(Func<int, int, int> border, IPixelSink sink) : IPixelSink
{
    private uint[] _row = [];
    private int _left;

    /// <inheritdoc/>
    public void Begin(int width, int height, int orientation)
    {
        var added = border(width, height);
        _row = new uint[width + 2 * added];
        _left = height;
        sink.Begin(_row.Length, height + 2 * added, orientation);
        Black(added);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<uint> row)
    {
        var added = (_row.Length - row.Length) / 2;
        row.CopyTo(_row.AsSpan(added));
        sink.Write(_row);
        if (--_left > 0) return;
        _row.AsSpan().Clear();
        Black(added);
    }

    private void Black(int rows)
    {
        for (; rows > 0; rows--) sink.Write(_row);
    }
}
