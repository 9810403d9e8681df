using Dla.Tests;

namespace Dla.Finetune.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_API_is_the_approved_one() => PublicApi.MustBeApproved(typeof(DlaTrainer).Assembly);
}
