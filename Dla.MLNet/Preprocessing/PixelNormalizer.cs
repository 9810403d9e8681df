using System.Numerics;

namespace Dla.MLNet;

/// <summary>
/// Turns rows of pixels into the rows of float planes, (v / 255 − mean) / std: torchvision's <c>ToTensor</c> and <c>Normalize</c>, operation by
/// operation.
/// </summary>
internal sealed class PixelNormalizer(IReadOnlyList<float> mean, IReadOnlyList<float> std)
{
    private readonly float[] _mean = [.. mean];
    private readonly float[] _std = [.. std];

    /// <summary>Writes one row into each plane.</summary>
    /// <param name="row">Four bytes a pixel.</param>
    /// <param name="bgr">Whether the first byte is blue rather than red.</param>
    /// <param name="planes">The planes, one after the other.</param>
    /// <param name="planeLength">Values of a plane.</param>
    /// <param name="offset">Where in a plane the row begins.</param>
    public void Run(ReadOnlySpan<uint> row, bool bgr, Span<float> planes, int planeLength, int offset)
    {
        for (var c = 0; c < _mean.Length; c++) Run(row, 8 * (bgr ? 2 - c : c), _mean[c], _std[c], planes.Slice(c * planeLength + offset, row.Length));
    }

    private static void Run(ReadOnlySpan<uint> row, int shift, float mean, float std, Span<float> plane)
    {
        var x = 0;
        for (; x <= row.Length - Vector<uint>.Count; x += Vector<uint>.Count)
        {
            var bytes = (new Vector<uint>(row[x..]) >> shift) & new Vector<uint>(255);
            var values = (Vector.ConvertToSingle(Vector.AsVectorInt32(bytes)) / new Vector<float>(255) - new Vector<float>(mean)) / new Vector<float>(std);
            values.CopyTo(plane[x..]);
        }
        for (; x < row.Length; x++) plane[x] = ((row[x] >> shift & 255) / 255f - mean) / std;
    }
}
