using System.Reflection;
using Dla.MLNet.Bridge;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ITransformer), typeof(SavedModel), null, typeof(SignatureLoadModel), "Deep Layer Aggregation image transformer",
    SavedModel.LoaderSignature)]

namespace Dla.MLNet.Bridge;

/// <summary>Writes transformers into ML.NET's model zip and reads them from it.</summary>
public static class SavedModel
{
    /// <summary>The name by which ML.NET finds the reader in a saved model; at most 24 characters, for ever the same.</summary>
    internal const string LoaderSignature = "DlaImageTransformer";

    /// <summary>The entry of the zip that holds the payload: a plain ONNX file.</summary>
    private const string PayloadName = "Model.onnx";

    /// <summary>Files of version 1.1 and later can be read; 1.1 readers can read what is written now.</summary>
    private static VersionInfo Version => new("DLAIMAGE", 0x00010001, 0x00010001, 0x00010001, typeof(SavedModel).Assembly.FullName!, LoaderSignature);

    /// <summary>Writes a transformer.</summary>
    /// <param name="context">ML.NET's writer.</param>
    /// <param name="header">What makes the transformer, without the payload.</param>
    /// <param name="writePayload">Writes the payload, or <see langword="null"/> for none.</param>
    public static void Save(ModelSaveContext context, string header, Action<Stream>? writePayload)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.CheckAtModel();
        context.SetVersionInfo(Version);
        context.Writer.Write(header);
        context.Writer.Write(writePayload is not null);
        if (writePayload is not null)
            context.SaveBinaryStream(PayloadName, writer =>
            {
                writer.Flush();
                writePayload(writer.BaseStream);
            });
    }

    /// <summary>Called by ML.NET, by name.</summary>
    private static ITransformer Create(IHostEnvironment env, ModelLoadContext context)
    {
        context.CheckAtModel(Version);
        var header = context.Reader.ReadString();
        byte[]? payload = null;
        if (context.Reader.ReadBoolean() && !context.TryLoadBinaryStream(PayloadName, reader => payload = ReadToEnd(reader.BaseStream)))
            throw new FormatException($"The saved model is damaged: its entry {PayloadName} is absent. Save it again.");
        var reader = Assembly.Load("Dla.MLNet").GetType("Dla.MLNet.SavedTransformer", throwOnError: true)!;
        return ((ISavedModelReader)Activator.CreateInstance(reader, nonPublic: true)!).Read(header, payload, new ContextEnvironment(env));
    }

    private static byte[] ReadToEnd(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
