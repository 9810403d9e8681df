using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet;

/// <summary>The processor or GPU that a model runs on.</summary>
/// <param name="CudaIndex">The GPU's number, or <see langword="null"/> for the CPU.</param>
internal readonly record struct ScoringDevice(int? CudaIndex)
{
    public bool IsCpu => CudaIndex is null;

    /// <summary>
    /// A model of one Identity node: ONNX Runtime looks for the GPU when a session is made, and no other model is at hand before the first image. Fields by
    /// the protobuf wire format: ir_version 8, opset 17, and a graph with the node, the input x and the output y, both float32 [1].
    /// </summary>
    private static readonly byte[] Trial =
    [
        0x08, 8, 0x42, 2, 0x10, 17, 0x3A, 55,
        0x0A, 16, 0x0A, 1, (byte)'x', 0x12, 1, (byte)'y', 0x22, 8, .. "Identity"u8, 0x12, 1, (byte)'g',
        0x5A, 15, 0x0A, 1, (byte)'x', 0x12, 10, 0x0A, 8, 0x08, 1, 0x12, 4, 0x0A, 2, 0x08, 1,
        0x62, 15, 0x0A, 1, (byte)'y', 0x12, 10, 0x0A, 8, 0x08, 1, 0x12, 4, 0x0A, 2, 0x08, 1,
    ];

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public static ScoringDevice Parse(string text) => text.Split(':') switch
    {
        ["cpu"] => new(null),
        ["cuda"] => new(0),
        ["cuda", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) => new(index),
        _ => throw new ArgumentException($"'{text}' is not a device. Use cpu, or cuda:0 (and so on) for a GPU."),
    };

    /// <summary>The device of the options, else that of their context; the processor when that cannot be used and falling back is allowed.</summary>
    public static ScoringDevice Choose(DlaScoringOptions options)
    {
        var device = options.Device is { } named ? Parse(named) : new ScoringDevice(options.Context?.GpuDeviceId);
        if (device.IsCpu || !(options.FallbackToCpu || options.Context is { FallbackToCpu: true })) return device;
        try
        {
            device.Require();
            return device;
        }
        catch (InvalidOperationException e)
        {
            options.Context?.Warn(nameof(ScoringDevice), $"The model runs on the processor. {e.Message}");
            return new ScoringDevice(null);
        }
    }

    /// <summary>Tries the device.</summary>
    /// <exception cref="InvalidOperationException">The application has no ONNX Runtime for GPUs, or no such GPU.</exception>
    /// <exception cref="DllNotFoundException">There is no native ONNX Runtime; the message says which package to add.</exception>
    public void Require()
    {
        if (CudaIndex is not { } index) return;
        try
        {
            using var options = new SessionOptions();
            AddTo(options);
            new InferenceSession(Trial, options).Dispose();
        }
        catch (OnnxRuntimeException e)
        {
            throw Unusable(index, e);
        }
        catch (Exception e) when (MissingRuntime.Is(e))
        {
            throw MissingRuntime.Error(e);
        }
    }

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
            throw Unusable(index, e);
        }
    }

    private static InvalidOperationException Unusable(int index, OnnxRuntimeException e) => new($"Device cuda:{index} cannot be used: " +
        $"{e.Message} Check the GPU's number, its driver and the CUDA libraries, or use the device cpu.", e);
}
