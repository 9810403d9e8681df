using System.Runtime.CompilerServices;
using Dla.MLNet;

namespace Dla.Tests;

/// <summary>Tests and benchmarks open sessions of their own, perhaps before anything of this solution runs.</summary>
internal static class TelemetryGuard
{
    [ModuleInitializer]
    internal static void Run() => OnnxRuntimeTelemetry.Disable();
}
