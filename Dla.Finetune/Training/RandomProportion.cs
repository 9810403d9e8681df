namespace Dla.Finetune;

/// <summary>Draws proportions for mixing.</summary>
internal static class RandomProportion
{
    /// <summary>A number in [0, 1] from Beta(α, α): G / (G + G') of two numbers from Gamma(α).</summary>
    public static double Beta(double alpha, ref SampleRandom random)
    {
        var (a, b) = (LogGamma(alpha, ref random), LogGamma(alpha, ref random));
        return 1 / (1 + Math.Exp(b - a));   // of small α both are tiny; their logarithms are not
    }

    /// <summary>The logarithm of a number from Gamma(α, 1) (Marsaglia and Tsang, 2000; for α below 1 one of α + 1 times u^(1/α)).</summary>
    private static double LogGamma(double alpha, ref SampleRandom random)
    {
        if (alpha < 1) return LogGamma(alpha + 1, ref random) + Math.Log(1 - random.NextDouble()) / alpha;
        var d = alpha - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Normal(ref random);
            var v = Math.Pow(1 + c * x, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return Math.Log(d * v);
        }
    }

    /// <summary>A number from the standard normal distribution (Box and Muller, 1958).</summary>
    private static double Normal(ref SampleRandom random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
