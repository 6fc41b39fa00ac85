using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using HotShelf.Caching.Redis.Tracking;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>Writes down what a stream tells, and fails the test when two calls overlap.</summary>
internal sealed class RecordingHandler : ITrackingHandler
{
    public const string Established = "+established";
    public const string Flushed = "*flushed";
    public const string Lost = "-lost";
    public const string Refused = "!refused";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(40);
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private int _callers;

    public bool HasOverlapped { get; private set; }

    public ConcurrentQueue<string> All { get; } = new();

    public string? Reason { get; private set; }

    public Action<string>? OnKey { get; set; }

    public void OnEstablished() => Add(Established);

    public void OnInvalidated(ReadOnlySpan<byte> key)
    {
        var text = Encoding.UTF8.GetString(key);
        OnKey?.Invoke(text);
        Add(text);
    }

    public void OnFlushed() => Add(Flushed);

    public void OnLost() => Add(Lost);

    public void OnRefused(string reason)
    {
        Reason = reason;
        Add(Refused);
    }

    /// <summary>Awaits the next event and expects it to be this one.</summary>
    public async Task ExpectAsync(params string[] expected)
    {
        foreach (var item in expected)
            Assert.Equal(item, await NextAsync());
    }

    /// <summary>Awaits an event, passing over others.</summary>
    public async Task WaitForAsync(string expected)
    {
        while (await NextAsync() != expected)
        {
        }
    }

    public async Task<string> NextAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            return await _events.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"nothing more was told within {s_limit}; so far: {string.Join(' ', All)}");
        }
    }

    private void Add(string item)
    {
        if (Interlocked.Increment(ref _callers) != 1)
            HasOverlapped = true;
        All.Enqueue(item);
        _events.Writer.TryWrite(item);
        Interlocked.Decrement(ref _callers);
    }
}
