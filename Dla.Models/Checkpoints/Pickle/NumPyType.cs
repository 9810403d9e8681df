namespace Dla.Models;

/// <summary>A NumPy number format of a pickle: made with its code, such as <c>f4</c>, then given its byte order.</summary>
internal sealed class NumPyType(string code)
{
    public string Code => code;

    public bool BigEndian { get; set; }
}
