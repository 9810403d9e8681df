namespace Dla.MLNet;

/// <summary>Values of a constant as float32, row-major, with their shape.</summary>
internal sealed record OnnxConstant(float[] Values, long[] Dimensions)
{
    /// <summary>[a, b] → [b, a].</summary>
    public OnnxConstant Transposed()
    {
        var (rows, columns) = ((int)Dimensions[0], (int)Dimensions[1]);
        var values = new float[Values.Length];
        for (var i = 0; i < values.Length; i++) values[i % columns * rows + i / columns] = Values[i];
        return new OnnxConstant(values, [columns, rows]);
    }

    /// <summary>(value − zero point) · scale.</summary>
    /// <param name="scales">One, or one for each index of the axis.</param>
    /// <param name="zeroPoints">As many as scales, or <see langword="null"/> for zeros.</param>
    /// <param name="axis">The axis of the scales; negative from the end.</param>
    /// <exception cref="FormatException">The axis is none of the constant's, or there are not as many scales as it is long.</exception>
    public OnnxConstant Dequantized(float[] scales, float[]? zeroPoints, long axis)
    {
        var place = (int)(axis < 0 ? axis + Dimensions.Length : axis);
        if (scales.Length == 0 || (zeroPoints ?? scales).Length != scales.Length
            || (scales.Length > 1 && (place < 0 || place >= Dimensions.Length || Dimensions[place] != scales.Length)))
            throw new FormatException($"A constant of shape [{string.Join(", ", Dimensions)}] has {scales.Length} scales and " +
                $"{(zeroPoints ?? scales).Length} zero points on axis {axis}. The file is damaged; export it again.");
        var inner = scales.Length == 1 ? Math.Max(Values.Length, 1) : (int)Dimensions.Skip(place + 1).Aggregate(1L, (a, b) => a * b);
        var values = new float[Values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var channel = i / inner % scales.Length;
            values[i] = (Values[i] - (zeroPoints is null ? 0 : zeroPoints[channel])) * scales[channel];
        }
        return this with { Values = values };
    }
}
