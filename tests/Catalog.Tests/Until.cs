namespace HotShelf.Catalog.Tests;

/// <summary>Waits for a condition, at most so long.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> condition, double seconds = 20)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
            await Task.Delay(5, limit.Token);
    }
}
