using Google.Protobuf;

namespace Dla.Export.Onnx;

/// <summary>Reads and writes whole ONNX models; what the .proto does not name is kept as it is.</summary>
internal static class OnnxFile
{
    /// <summary>Reads a model whose weights are all in the file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not an ONNX model.</exception>
    /// <exception cref="NotSupportedException">Its weights are in other files.</exception>
    public static ModelProto Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model '{path}'.", path);
        ModelProto model;
        try
        {
            using var file = File.OpenRead(path);
            model = ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"'{path}' is not an ONNX model: {e.Message}", e);
        }
        if (model.Graph is null || model.Graph.Node.Count == 0)
            throw new InvalidDataException($"'{path}' is not an ONNX model, or one without a graph.");
        if (model.Graph.Initializer.FirstOrDefault(t => t.DataLocation == TensorProto.Types.DataLocation.External) is { } weight)
            throw new NotSupportedException($"'{path}' keeps '{weight.Name}' in another file; " +
                "external data is not read. Save the model with its weights inside.");
        return model;
    }

    /// <summary>The operator set of the default domain.</summary>
    public static long Opset(ModelProto model) => model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 0;

    public static void Write(ModelProto model, string path)
    {
        using var file = File.Create(path);
        model.WriteTo(file);
    }
}
