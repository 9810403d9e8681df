namespace Dla.MLNet;

/// <summary>The value of a node's attribute, in the member of its type.</summary>
internal sealed record OnnxAttribute(long Integer, float Number, IReadOnlyList<long> Integers, OnnxTensor? Tensor)
{
    /// <summary>Reads an AttributeProto: 1 name, 2 f, 3 i, 5 t, 8 ints.</summary>
    public static (string Name, OnnxAttribute Value) Read(ProtobufReader reader)
    {
        var (name, integer, number, integers, tensor) = ("", 0L, 0f, new List<long>(), (OnnxTensor?)null);
        reader.Message(() =>
        {
            switch (reader.Field)
            {
                case 1: name = reader.Text(); break;
                case 2: number = reader.Single(); break;
                case 3: integer = reader.Integer(); break;
                case 5: tensor = OnnxTensor.Read(reader); break;
                case 8: reader.Integers(integers); break;
                default: reader.Skip(); break;
            }
        });
        return (name, new OnnxAttribute(integer, number, integers, tensor));
    }
}
