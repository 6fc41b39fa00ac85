namespace HotShelf.Deploy.Tests.Running;

/// <summary>Waits for what must come, and fails with a clear message when it does not.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, int seconds = 60)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"Not within {seconds} s: {what()}");
            await Task.Delay(50, CancellationToken.None);
        }
    }
}
