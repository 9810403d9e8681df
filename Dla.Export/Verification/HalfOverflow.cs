using System.Runtime.InteropServices;
using Dla.Export.Onnx;
using Dla.MLNet;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Dla.Export;

/// <summary>Looks for activations that float16 cannot hold.</summary>
/// <remarks>
/// On processors ONNX Runtime computes the nodes of a float16 file in float32 and leaves out the roundings between them, so that nothing overflows there; on
/// GPUs it does. Here every tensor of the graph is asked for, as the float16 it is declared to be.
/// </remarks>
internal static class HalfOverflow
{
    /// <summary>The exponent of infinity and NaN.</summary>
    private const ushort NotFinite = 0x7C00;

    /// <param name="path">A float16 file of the exporter.</param>
    /// <param name="channels">Channels of its input.</param>
    /// <param name="preprocessing">The input's size, and mean and std for files that take bytes.</param>
    /// <returns>The first tensor with a value that is not finite; <see langword="null"/> for none.</returns>
    public static string? Find(string path, int channels, ImagePreprocessing preprocessing)
    {
        var model = OnnxFile.Read(path);
        var tensors = model.Graph.ValueInfo.Where(v => v.Type.TensorType.ElemType == (int)TensorProto.Types.DataType.Float16).ToList();
        model.Graph.Output.Add(tensors);
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, EnableCpuMemArena = false };
        using var session = new InferenceSession(model.ToByteArray(), options);
        var (name, input) = session.InputMetadata.Single();
        var bytes = input.ElementDataType == TensorElementType.UInt8;
        using var images = VerificationInput.Create([Math.Max(1, input.Dimensions[0]), channels, preprocessing.CropSize, preprocessing.CropSize], bytes,
            preprocessing);
        using var run = new RunOptions();
        using var results = session.Run(run, [name], [images.Value], [.. tensors.Select(t => t.Name)]);
        for (var i = 0; i < results.Count; i++)
            foreach (var bits in MemoryMarshal.Cast<Float16, ushort>(results[i].GetTensorDataAsSpan<Float16>()))
                if ((bits & NotFinite) == NotFinite) return tensors[i].Name;
        return null;
    }
}
