using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>A constant tensor of an ONNX file: its type, its shape, and where its values lie.</summary>
internal sealed class OnnxTensor
{
    /// <summary>Most dimensions of a constant whose values are read.</summary>
    private const int MaxRank = 8;

    private readonly List<long> _dimensions = [];
    private (long Start, long Length) _bytes;
    private bool _isVarints, _isExternal;

    private OnnxTensor()
    {
    }

    public string Name { get; private set; } = "";

    /// <summary>ONNX's number of the element type.</summary>
    public int ElementType { get; private set; }

    /// <summary>The shape; empty for a single number.</summary>
    public IReadOnlyList<long> Dimensions => _dimensions;

    /// <summary>Reads a TensorProto without its values.</summary>
    /// <remarks>
    /// Fields: 1 dims, 2 data_type, 4 float_data, 5 int32_data (also for 8 and 16 bits), 7 int64_data, 8 name, 9 raw_data, 10 double_data, 14 data_location.
    /// </remarks>
    public static OnnxTensor Read(ProtobufReader reader)
    {
        var tensor = new OnnxTensor();
        reader.Message(() =>
        {
            switch (reader.Field)
            {
                case 1: reader.Integers(tensor._dimensions); break;
                case 2: tensor.ElementType = (int)reader.Integer(); break;
                case 4 or 9 or 10: tensor._bytes = reader.Range(); break;
                case 5 or 7: (tensor._bytes, tensor._isVarints) = (reader.Range(), true); break;
                case 8: tensor.Name = reader.Text(); break;
                case 14: tensor._isExternal = reader.Integer() == 1; break;
                default: reader.Skip(); break;
            }
        });
        return tensor;
    }

    /// <summary>The values as float32, in row-major order.</summary>
    /// <param name="file">The file that the tensor was read from.</param>
    /// <exception cref="NotSupportedException">The values are in another file, or are not numbers.</exception>
    /// <exception cref="FormatException">There are not as many values as the shape says.</exception>
    public float[] ReadFloats(Stream file)
    {
        if (_dimensions.Count > MaxRank || _dimensions.Exists(d => d is < 0 or > int.MaxValue) || _bytes.Length > int.MaxValue / 2)
            throw new FormatException($"The tensor '{Name}' has {_dimensions.Count} dimensions and {_bytes.Length:N0} bytes. " +
                "The file is damaged; export it again.");
        if (_isExternal) throw new NotSupportedException($"The tensor '{Name}' lies in another file. Save the model with its weights inside.");
        var bytes = new byte[_bytes.Length];
        file.Position = _bytes.Start;
        file.ReadExactly(bytes);
        var values = _isVarints ? Varints(bytes) : Raw(bytes);
        var expected = _dimensions.Aggregate((Int128)1, (a, b) => Int128.Min(a * b, long.MaxValue));
        return values.Length == expected
            ? values
            : throw new FormatException($"The tensor '{Name}' has {values.Length} values and the " +
                $"shape [{string.Join(", ", _dimensions)}]. The file is damaged; export it again.");
    }

    private float[] Raw(byte[] bytes) => ElementType switch
    {
        1 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        2 => Array.ConvertAll(bytes, b => (float)b),
        3 => Array.ConvertAll(bytes, b => (float)(sbyte)b),
        6 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(bytes).ToArray(), i => (float)i),
        7 => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(bytes).ToArray(), i => (float)i),
        10 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), h => (float)h),
        11 => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), d => (float)d),
        16 => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), b => BitConverter.UInt32BitsToSingle((uint)b << 16)),
        _ => throw NotNumbers(),
    };

    /// <summary>int32_data and int64_data: whole numbers, or the bits of 16-bit floats.</summary>
    private float[] Varints(byte[] bytes)
    {
        var values = new List<float>();
        for (var at = 0; at < bytes.Length;)
        {
            ulong number = 0;
            for (var shift = 0; at < bytes.Length && shift < 64; shift += 7)
            {
                number |= (ulong)(bytes[at] & 0x7f) << shift;
                if (bytes[at++] < 0x80) break;
            }
            values.Add(ElementType switch
            {
                2 or 3 or 6 => (int)number,
                7 => (long)number,
                10 => (float)BitConverter.UInt16BitsToHalf((ushort)number),
                16 => BitConverter.UInt32BitsToSingle((uint)number << 16),
                _ => throw NotNumbers(),
            });
        }
        return [.. values];
    }

    private NotSupportedException NotNumbers() => new($"The tensor '{Name}' has ONNX's element type {ElementType}; " +
        "float16, float32, float64, bfloat16 or integers are expected.");
}
