using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>A number format that weight files use, with the name each of them has for it.</summary>
/// <param name="Type">TorchSharp's name.</param>
/// <param name="Size">Bytes of one value.</param>
/// <param name="Safetensors">The <c>dtype</c> in a safetensors header.</param>
/// <param name="Storage">The storage class in a PyTorch pickle, without its module.</param>
/// <param name="NumPy">The type code in a NumPy dtype; bfloat16, which NumPy lacks, is what Paddle saves as 16-bit unsigned.</param>
internal sealed record NumberFormat(ScalarType Type, int Size, string Safetensors, string Storage, string NumPy)
{
    private static readonly NumberFormat[] All =
    [
        new(ScalarType.Float64, 8, "F64", "DoubleStorage", "f8"),
        new(ScalarType.Float32, 4, "F32", "FloatStorage", "f4"),
        new(ScalarType.Float16, 2, "F16", "HalfStorage", "f2"),
        new(ScalarType.BFloat16, 2, "BF16", "BFloat16Storage", "u2"),
        new(ScalarType.Int64, 8, "I64", "LongStorage", "i8"),
        new(ScalarType.Int32, 4, "I32", "IntStorage", "i4"),
        new(ScalarType.Int16, 2, "I16", "ShortStorage", "i2"),
        new(ScalarType.Int8, 1, "I8", "CharStorage", "i1"),
        new(ScalarType.Byte, 1, "U8", "ByteStorage", "u1"),
        new(ScalarType.Bool, 1, "BOOL", "BoolStorage", "b1"),
    ];

    public static string SafetensorsNames => string.Join(", ", All.Select(f => f.Safetensors));

    public static IEnumerable<string> StorageNames => All.Select(f => f.Storage);

    public static NumberFormat? Of(ScalarType type) => Array.Find(All, f => f.Type == type);

    public static NumberFormat? OfSafetensors(string? name) => Array.Find(All, f => f.Safetensors == name);

    public static NumberFormat? OfStorage(string name) => Array.Find(All, f => f.Storage == name);

    public static NumberFormat? OfNumPy(string code) => Array.Find(All, f => f.NumPy == code);
}
