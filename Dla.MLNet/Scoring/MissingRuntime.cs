namespace Dla.MLNet;

/// <summary>The error of an application without a native ONNX Runtime.</summary>
internal static class MissingRuntime
{
    public static bool Is(Exception e) => e is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException };

    public static DllNotFoundException Error(Exception e) => new("ONNX Runtime's native library is missing. Dla.MLNet leaves the choice to the " +
        "application: reference the package Microsoft.ML.OnnxRuntime (CPU) or Microsoft.ML.OnnxRuntime.Gpu (CUDA).", e);
}
