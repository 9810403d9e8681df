using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data
{
    public interface IInternalCatalog
    {
        IHostEnvironment Environment { get; }
    }

    public interface IDataTransform : IDataView, ICanSaveModel
    {
        IDataView Source { get; }
    }
}

namespace Microsoft.ML.Model.OnnxConverter
{
    public abstract class OnnxContext;

    public interface ICanSaveOnnx
    {
        bool CanSaveOnnx(OnnxContext ctx);
    }

    public interface ISaveAsOnnx : ICanSaveOnnx
    {
        void SaveAsOnnx(OnnxContext ctx);
    }

    public interface ITransformCanSaveOnnx : ISaveAsOnnx, Data.IDataTransform;
}
