using TorchSharp;
using static TorchSharp.torch;

namespace Dla.Models;

#pragma warning disable RS0030 // banned everywhere else, for the reason given here

/// <summary>Sums and products of tensors, with every number in them kept alive until native code has done with it.</summary>
/// <remarks>
/// TorchSharp hands numbers to native code as <see cref="Scalar"/> objects, the 1 of a plain a + b = a + 1 · b among them, and does not keep them alive
/// meanwhile: a garbage collection in that moment frees the number while it is being read. The sum is then computed with whatever lies there by now, or fails
/// with "argument alpha must not be a floating point number".
/// Hence tensors are added to each other, and to numbers, by these methods only. Those that end in InPlace change <c>x</c> and return it.
/// </remarks>
internal static class TensorArithmetic
{
    private static readonly Scalar One = 1;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + factor · y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y, double factor) => Keep(factor, kept => x.add(y, kept));

    /// <summary>factor · x.</summary>
    public static Tensor Times(this Tensor x, double factor) => Keep(factor, kept => x.mul(kept));

    /// <summary>x / divisor.</summary>
    public static Tensor DividedBy(this Tensor x, double divisor) => Keep(divisor, kept => x.div(kept));

    /// <summary>x += 1, of whole numbers too.</summary>
    public static Tensor IncrementInPlace(this Tensor x) => x.add_(One, One);

    /// <summary>x += y.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x += factor · y.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y, double factor) => Keep(factor, kept => x.add_(y, kept));

    /// <summary>x += number.</summary>
    public static Tensor AddInPlace(this Tensor x, double number) => Keep(number, kept => x.add_(kept, One));

    /// <summary>x ·= factor.</summary>
    public static Tensor MultiplyInPlace(this Tensor x, double factor) => Keep(factor, kept => x.mul_(kept));

    /// <summary>x /= divisor.</summary>
    public static Tensor DivideInPlace(this Tensor x, double divisor) => Keep(divisor, kept => x.div_(kept));

    /// <summary>x += factor · a · b.</summary>
    public static Tensor AddProductInPlace(this Tensor x, Tensor a, Tensor b, double factor) => Keep(factor, kept => x.addcmul_(a, b, kept));

    /// <summary>x += factor · a / b.</summary>
    public static Tensor AddQuotientInPlace(this Tensor x, Tensor a, Tensor b, double factor) => Keep(factor, kept => x.addcdiv_(a, b, kept));

    /// <summary>Runs an operation with a number, which lives until the operation has returned.</summary>
    private static Tensor Keep(double number, Func<Scalar, Tensor> operation)
    {
        using Scalar kept = number;
        return operation(kept);
    }
}
