namespace HotShelf.CacheConsole.Resources;

/// <summary>Pauses between attempts to connect, longer each time: from a quarter of a second to five.</summary>
internal sealed class Backoff(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = s_first;

    public void Reset() => _next = s_first;

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var pause = _next;
        _next = _next * 2 < s_longest ? _next * 2 : s_longest;
        return Task.Delay(pause, timeProvider, cancellationToken);
    }
}
