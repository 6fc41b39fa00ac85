using HotShelf.Caching.Redis.Tracking;

namespace HotShelf.Caching.Tests.Tracking;

public class BackoffTests
{
    [Fact]
    public void Next_FailureAfterFailure_StaysUnderADoublingBoundAndTheLimit()
    {
        for (var round = 0; round < 200; round++)
        {
            var backoff = new Backoff(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));
            for (var failure = 0; failure < 100; failure++)
                Assert.InRange(backoff.Next().TotalMilliseconds, 1, Math.Min(1000, 20 * Math.Pow(2, failure)));
            backoff.Reset();
            Assert.InRange(backoff.Next().TotalMilliseconds, 1, 20);
        }
    }

    [Fact]
    public void Next_ManyClients_DoNotComeBackInStep()
    {
        var waits = Enumerable.Range(0, 1000).Select(_ => new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).Next().TotalMilliseconds).ToList();
        // Full jitter: anything from nothing to the bound.
        Assert.True(waits.Min() < 200 && waits.Max() > 800);
        Assert.InRange(waits.Average(), 400, 600);
    }
}
