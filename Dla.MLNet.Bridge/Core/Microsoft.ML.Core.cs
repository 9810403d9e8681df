using Microsoft.ML.Runtime;

namespace Microsoft.ML.Runtime
{
    public interface IHostEnvironment : IChannelProvider;

    public interface IHostEnvironmentInternal : IHostEnvironment
    {
        bool FallbackToCpu { get; set; }

        int? GpuDeviceId { get; set; }
    }

    public interface IChannelProvider
    {
        IChannel Start(string name);
    }

    public interface IChannel
    {
        void Info(MessageSensitivity sensitivity, string fmt);

        void Warning(MessageSensitivity sensitivity, string fmt);
    }

    public enum MessageSensitivity
    {
        Unknown = -1,
    }
}

namespace Microsoft.ML
{
    public interface ICanSaveModel
    {
        void Save(ModelSaveContext ctx);
    }

    public interface ITransformer : ICanSaveModel;

    public delegate void SignatureLoadModel(ModelLoadContext ctx);

    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    public sealed class LoadableClassAttribute : Attribute
    {
        public LoadableClassAttribute(Type instType, Type loaderType, Type? argType, Type sigType, string userName, params string[] loadNames) => throw null!;
    }

    public readonly struct VersionInfo
    {
        public VersionInfo(string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
            string loaderAssemblyName, string? loaderSignature = null, string? loaderSignatureAlt = null) => throw null!;
    }

    public sealed class ModelSaveContext
    {
        public readonly BinaryWriter Writer = null!;

        public void CheckAtModel() => throw null!;

        public void SetVersionInfo(VersionInfo ver) => throw null!;

        public void SaveBinaryStream(string name, Action<BinaryWriter> action) => throw null!;
    }

    public sealed class ModelLoadContext
    {
        public readonly BinaryReader Reader = null!;

        public readonly RepositoryReader? Repository;

        public readonly string? Directory;

        public void CheckAtModel(VersionInfo ver) => throw null!;

        public bool TryLoadBinaryStream(string name, Action<BinaryReader> action) => throw null!;
    }

    public sealed class RepositoryReader;

    public sealed class SchemaShape
    {
        public static SchemaShape Create(DataViewSchema schema) => throw null!;
    }
}
