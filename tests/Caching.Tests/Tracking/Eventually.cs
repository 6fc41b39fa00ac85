namespace HotShelf.Caching.Tests.Tracking;

/// <summary>Polls a condition that no signal tells of.</summary>
internal static class Eventually
{
    public static async Task IsTrueAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, "the condition did not come true in 40 s");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
