using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet;

/// <summary>The processor or GPU that a model runs on.</summary>
/// <param name="CudaIndex">The GPU's number, or <see langword="null"/> for the CPU.</param>
internal readonly record struct ScoringDevice(int? CudaIndex)
{
    public bool IsCpu => CudaIndex is null;

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public static ScoringDevice Parse(string text) => text?.Split(':') switch
    {
        ["cpu"] => new(null),
        ["cuda"] => new(0),
        ["cuda", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) => new(index),
        _ => throw new ArgumentException($"'{text}' is not a device. Use cpu, or cuda:0 (and so on) for a GPU."),
    };

    /// <summary>Adds the device to a session's options.</summary>
    /// <exception cref="InvalidOperationException">The application has no ONNX Runtime for GPUs, or no such GPU.</exception>
    public void AddTo(SessionOptions options)
    {
        if (CudaIndex is not { } index) return;
        if (!OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
            throw new InvalidOperationException($"Device cuda:{index} needs ONNX Runtime for GPUs and this application has the one for CPUs. " +
                "Reference the package Microsoft.ML.OnnxRuntime.Gpu instead of Microsoft.ML.OnnxRuntime, or use the device cpu.");
        try
        {
            options.AppendExecutionProvider_CUDA(index);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidOperationException($"Device cuda:{index} cannot be used: " +
                $"{e.Message} Check the GPU's number, its driver and the CUDA libraries, or use the device cpu.", e);
        }
    }
}
