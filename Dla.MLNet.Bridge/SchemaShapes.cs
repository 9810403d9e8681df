using Microsoft.ML;

namespace Dla.MLNet.Bridge;

/// <summary>Makes the schema shapes that estimators promise.</summary>
public static class SchemaShapes
{
    /// <summary>The shape of a schema: its visible columns with their kinds and annotations.</summary>
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);
}
