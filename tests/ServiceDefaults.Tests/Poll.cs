namespace HotShelf.ServiceDefaults.Tests;

/// <summary>Waits for a condition, with a limit.</summary>
internal static class Poll
{
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, double seconds = 20)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"not within {seconds} s: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what, double seconds = 20) => UntilAsync(() => Task.FromResult(condition()), what, seconds);
}
