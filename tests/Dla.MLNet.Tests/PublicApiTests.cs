using Dla.Tests;

namespace Dla.MLNet.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_API_is_the_approved_one() => PublicApi.MustBeApproved(typeof(DlaClassifier).Assembly);

    [Fact]
    public void No_native_package_is_referenced() => Assert.DoesNotContain("\"Microsoft.ML.OnnxRuntime\"",
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Dla.MLNet.Tests.deps.json")).Split("\"Dla.MLNet/")[1].Split('}')[0], StringComparison.Ordinal);
}
