using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Keeps ONNX Runtime from sending telemetry.</summary>
/// <remarks>
/// ONNX Runtime 1.29 and later sends usage data by default, on Linux too. It writes a device identifier and an event database to the home folder and
/// connects to its vendor. It looks once, when it starts, for the variable <c>ORT_DISABLE_TELEMETRY</c> in the process's environment. This library sets the
/// variable to <c>1</c> before the first of its own members runs, and leaves a value that is already set.
/// </remarks>
public static class OnnxRuntimeTelemetry
{
    /// <summary>
    /// Sets <c>ORT_DISABLE_TELEMETRY</c> to <c>1</c> unless it has a value. Programs that use ONNX Runtime, or the stock <c>ApplyOnnxModel</c>, before
    /// anything of this library call it first. It has no effect once ONNX Runtime has started.
    /// </summary>
    public static void Disable() => NativeEnvironment.SetDefault("ORT_DISABLE_TELEMETRY", "1");

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "No later place is before the first use of ONNX Runtime on every path through this library.")]
    internal static void DisableFirst() => Disable();
}
