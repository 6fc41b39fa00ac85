namespace HotShelf.ProductApi.Tests.Harness;

/// <summary>Waits for a condition, with a limit.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        using var cancellation = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            if (cancellation.IsCancellationRequested)
                Assert.Fail($"Not in time: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
