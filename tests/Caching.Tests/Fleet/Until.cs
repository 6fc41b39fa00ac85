namespace HotShelf.Caching.Tests.Fleet;

/// <summary>Waits for what must come, and fails with a clear message when it does not.</summary>
internal static class Until
{
    public static Task TrueAsync(Func<bool> condition, int seconds = 30, string? what = null) => TrueAsync(() => Task.FromResult(condition()), seconds, what);

    public static async Task TrueAsync(Func<Task<bool>> condition, int seconds = 30, string? what = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"Not within {seconds} s: {what ?? "the condition"}");
            await Task.Delay(2, CancellationToken.None);
        }
    }
}
