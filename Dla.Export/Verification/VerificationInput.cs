using Dla.MLNet;
using Dla.Models;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dla.Export;

/// <summary>Seeded random images, the same for the module and for the file.</summary>
/// <param name="Pixels">What the module takes: normalised float32 [N, C, H, W].</param>
/// <param name="Value">What the file takes: the same values, or the bytes [N, H, W, C] that they are made from.</param>
internal sealed record VerificationInput(Tensor Pixels, OrtValue Value) : IDisposable
{
    private const ulong Seed = 7;

    /// <param name="shape">[N, C, H, W].</param>
    /// <param name="bytes">Whether the file takes bytes and normalises them itself.</param>
    /// <param name="preprocessing">Mean and std of the normalisation.</param>
    public static VerificationInput Create(long[] shape, bool bytes, ImagePreprocessing preprocessing)
    {
        using var generator = new Generator(Seed, CPU);
        if (!bytes)
        {
            var random = randn(shape, generator: generator);
            return new VerificationInput(random, OrtValue.CreateTensorValueFromMemory(random.data<float>().ToArray(), shape));
        }
        using var scope = NewDisposeScope();
        var image = randint(256, [shape[0], shape[2], shape[3], shape[1]], dtype: ScalarType.Byte, generator: generator);
        var x = image.permute(0, 3, 1, 2).to(ScalarType.Float32).DividedBy(255);
        x = (x - tensor(preprocessing.Mean.ToArray()).view(-1, 1, 1)) / tensor(preprocessing.Std.ToArray()).view(-1, 1, 1);
        return new VerificationInput(x.contiguous().MoveToOuterDisposeScope(), OrtValue.CreateTensorValueFromMemory(image.data<byte>().ToArray(), image.shape));
    }

    public void Dispose()
    {
        Pixels.Dispose();
        Value.Dispose();
    }
}
