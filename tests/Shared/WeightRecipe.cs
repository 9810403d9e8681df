using System.Text;

namespace Dla.Tests;

/// <summary>The formula by which the reference networks' weights and inputs are made (a hash of the tensor's name and the element's index).</summary>
internal static class WeightRecipe
{
    /// <summary>Uniform numbers in [0, 1), in row-major order.</summary>
    public static IEnumerable<double> Uniform(string name, long count)
    {
        ulong seed = 0xcbf29ce484222325;
        foreach (var b in Encoding.UTF8.GetBytes(name)) seed = (seed ^ b) * 0x100000001b3;
        for (long i = 0; i < count; i++)
        {
            var z = seed + (ulong)(i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            yield return (z >> 40) / (double)(1 << 24);
        }
    }

    /// <summary>An input image tensor, values in [−2, 2).</summary>
    public static float[] Input(string name, long count) => [.. Uniform(name, count).Select(u => (float)(4 * u - 2))];

    /// <summary>The values of the tensor with this state_dict key.</summary>
    public static float[] Weights(string key, long[] shape)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        Func<double, double> value = key[(key.LastIndexOf('.') + 1)..] switch
        {
            "running_var" => u => 0.5 + u,
            "running_mean" or "bias" => u => 0.2 * (u - 0.5),
            "num_batches_tracked" => _ => 0,
            _ when shape.Length == 4 => u => (2 * u - 1) * Math.Sqrt(3.0 / (shape[1] * shape[2] * shape[3])),
            _ => u => 0.5 + u,
        };
        return [.. Uniform(key, count).Select(u => (float)value(u))];
    }
}
