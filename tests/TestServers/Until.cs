using System.Runtime.CompilerServices;

namespace HotShelf.TestServers;

/// <summary>Waits for what no signal tells of, and fails with a clear message when it does not come.</summary>
public static class Until
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Returns once <paramref name="condition"/> holds.</summary>
    /// <param name="condition">Looked at every 10 ms.</param>
    /// <param name="what">What is waited for; the condition's own text unless given.</param>
    /// <param name="seconds">For how long.</param>
    /// <exception cref="TimeoutException">It did not come.</exception>
    public static Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "", int seconds = 30) =>
        TrueAsync(() => Task.FromResult(condition()), () => what, seconds);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, int)"/>
    public static Task TrueAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "", int seconds = 30) =>
        TrueAsync(condition, () => what, seconds);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, int)"/>
    public static Task TrueAsync(Func<bool> condition, Func<string> what, int seconds = 30) => TrueAsync(() => Task.FromResult(condition()), what, seconds);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, int)"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, int seconds = 30)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition().ConfigureAwait(false))
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"Not within {seconds} s: {what()}");
            await Task.Delay(s_pause, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
