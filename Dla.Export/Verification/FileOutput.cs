namespace Dla.Export;

/// <summary>One float output of the file, as ONNX Runtime gave it.</summary>
internal sealed record FileOutput(string Name, long[] Shape, double[] Values);
