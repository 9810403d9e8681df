using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;
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

    /// <summary>Bytes that a payload may have however small it is in the zip.</summary>
    private const int FreePayload = 64 << 20;

    /// <summary>How often larger than in the zip any other payload may be. Trained weights give 1.1, deflate reaches 1,032 on zeros.</summary>
    private const int LargestRatio = 100;

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
        var reader = (ISavedModelReader)Activator.CreateInstance(
            Assembly.Load("Dla.MLNet").GetType("Dla.MLNet.SavedTransformer", throwOnError: true)!, nonPublic: true)!;
        if (!context.Reader.ReadBoolean()) return reader.Read(header, null, new ContextEnvironment(env));
        CheckPayload(context);
        ITransformer? transformer = null;
        if (!context.TryLoadBinaryStream(PayloadName, payload => transformer = reader.Read(header, payload.BaseStream, new ContextEnvironment(env))))
            throw new FormatException($"The saved model is damaged: its entry {PayloadName} is absent. Save it again.");
        return transformer!;
    }

    /// <summary>Refuses a payload by what the zip says of it. ML.NET would first unpack it, to a temporary file, however large it becomes.</summary>
    private static void CheckPayload(ModelLoadContext context)
    {
        if (context.Repository is not { } repository) return;
        var name = Normalized(Path.Combine(context.Directory ?? "", PayloadName));
        foreach (var entry in ArchiveOf(repository).Entries.Where(e => Normalized(e.FullName) == name))
            if (entry.Length > Array.MaxLength || (entry.Length > FreePayload && entry.Length / LargestRatio > entry.CompressedLength))
                throw new FormatException($"The saved model is refused: its entry {PayloadName} would become {entry.Length:N0} bytes of " +
                    $"{entry.CompressedLength:N0}. Weights compress to no less than a hundredth, and a model has at most 2 GB.");
    }

    private static string Normalized(string path) => path.Replace('\\', '/');

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_archive")]
    private static extern ref ZipArchive ArchiveOf(RepositoryReader repository);
}
