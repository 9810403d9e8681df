using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Dla.MLNet;

namespace Dla.Export;

/// <summary>This library opens ONNX Runtime's sessions too, and may do so before anything of <c>Dla.MLNet</c> runs.</summary>
internal static class TelemetryGuard
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "No later place is before the first use of ONNX Runtime on every path through this library.")]
    internal static void Run() => OnnxRuntimeTelemetry.Disable();
}
