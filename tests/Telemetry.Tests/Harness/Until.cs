namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>Waits for what must come, and fails with a clear message when it does not.</summary>
internal static class Until
{
    public static Task TrueAsync(Func<bool> condition, string what, int seconds = 30) => TrueAsync(() => Task.FromResult(condition()), () => what, seconds);

    public static Task TrueAsync(Func<Task<bool>> condition, string what, int seconds = 30) => TrueAsync(condition, () => what, seconds);

    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, int seconds = 30)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"Not within {seconds} s: {what()}");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
