using System.Collections.Concurrent;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Frames;

namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// The leases that this process holds or may hold. A lease is renewed while its loader runs and released when the fill ends in any way. A release that
/// failed, and a lease whose request timed out, is released as soon as Redis answers: otherwise other processes would wait for a fill that no
/// process runs. For the same reason the latest releases are sent again after a failover, which may have lost them.
/// </summary>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    /// <summary>Maximum number of queued releases. Leases beyond it expire after LeaseDuration.</summary>
    private const int MaximumUnreleased = 10_000;
    private const int ReleasesPerTurn = 500;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    // By token.
    private readonly ConcurrentDictionary<long, Lease> _held = new();
    private readonly ConcurrentDictionary<long, Lease> _unreleased = new();
    private readonly RecentlySent<long, Lease> _released;
    private readonly CancellationTokenSource _stopping = new();
    private readonly RemoteGuard _remote;
    private readonly CacheClock _clock;
    private readonly TimeSpan _duration;
    private readonly Action<LeaseRequest, bool> _onUnanswered;
    private readonly Action<IReadOnlyList<LeaseRequest>, bool> _onManyUnanswered;
    private readonly ITimer _renewal;
    private int _isReleasing;
    private volatile bool _isDisposed;

    public LeaseKeeper(RemoteGuard remote, TimeSpan duration, CacheClock clock)
    {
        _remote = remote;
        _duration = duration;
        _clock = clock;
        _released = new RecentlySent<long, Lease>(clock, static (_, latest) => latest);
        _onUnanswered = (request, isLate) => ReleaseLater(new(request.Key, request.Token, 0), isLate);
        _onManyUnanswered = (requests, isLate) =>
        {
            foreach (var request in requests)
                ReleaseLater(new(request.Key, request.Token, 0), isLate);
        };
        _renewal = clock.Provider.CreateTimer(static state => ((LeaseKeeper)state!).RenewDue(), this, RenewAfter, RenewAfter);
    }

    /// <summary>The number of leases that are still to be released.</summary>
    public int Unreleased => _unreleased.Count;

    // The interval of checks: a lease is renewed at the latest at half of its time, and once more if that fails.
    private TimeSpan RenewAfter => _duration / 4;

    public async ValueTask<RemoteAnswer<LeaseAnswer>> AcquireAsync(RemoteKey key, long token, long? known, long until)
    {
        var request = new LeaseRequest(key, token, _duration, known);
        var answer = await _remote.RunAsync(request, static (store, request) => store.AcquireAsync(request), _onUnanswered, until: until).ConfigureAwait(false);
        if (answer.Succeeded)
            Keep(request, answer.Value);
        return answer;
    }

    public async ValueTask<RemoteAnswer<LeaseAnswer[]>> AcquireManyAsync(IReadOnlyList<(RemoteKey Key, long Token, long? Known)> wanted, long until)
    {
        IReadOnlyList<LeaseRequest> requests = [.. wanted.Select(lease => new LeaseRequest(lease.Key, lease.Token, _duration, lease.Known))];
        var answer = await _remote.RunAsync(requests, static (store, requests) => store.AcquireManyAsync(requests), _onManyUnanswered, until: until).ConfigureAwait(false);
        for (var i = 0; answer.Succeeded && i < requests.Count; i++)
            Keep(requests[i], answer.Value![i]);
        return answer;
    }

    /// <summary>Stores under a lease and releases it. Returns the frame's buffer to the pool when Redis has answered.</summary>
    public async ValueTask<RemoteAnswer<bool>> StoreAsync(StoreRequest request, long until)
    {
        var answer = await _remote.RunAsync(request, static (store, request) => store.StoreAsync(request), until: until).ConfigureAwait(false);
        if (answer.Succeeded)
            BufferPool.Return(request.Frame);
        if (!_held.TryRemove(request.Token, out var lease))
            return answer;
        if (answer.Succeeded)
            _released.Add(lease.Token, lease);
        else
            ReleaseLater(lease);
        return answer;
    }

    /// <summary>Releases a lease without storing. Repeated calls have no effect.</summary>
    public async ValueTask ReleaseAsync(FillLease? held)
    {
        if (held is null || !_held.TryRemove(held.Token, out var lease))
            return;
        if (!await SendReleaseAsync(lease).ConfigureAwait(false))
            ReleaseLater(lease);
    }

    /// <summary>A connection is lost, or the stream is lost or back: another server may have taken over, and may not have received the latest releases.</summary>
    public void RepeatReleases()
    {
        foreach (var lease in _released.All())
            ReleaseLater(lease);
    }

    /// <summary>Releases all held leases; their fills are not stored. Bounded by the time limit of one Redis command.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _renewal.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_held.Values.Concat(_unreleased.Values).Select(lease => SendReleaseAsync(lease).AsTask())).ConfigureAwait(false);
        _held.Clear();
        _unreleased.Clear();
    }

    private void Keep(LeaseRequest request, LeaseAnswer answer)
    {
        if (answer.Status != LeaseStatus.Acquired)
            return;
        _held[request.Token] = new(request.Key, request.Token, _clock.Now);
        if (_isDisposed && _held.TryRemove(request.Token, out var lease))
            _ = SendReleaseAsync(lease).AsTask();
    }

    private void RenewDue()
    {
        var before = _clock.Now - (long)RenewAfter.TotalMilliseconds;
        foreach (var lease in _held.Values)
        {
            if (lease.Since <= before)
                _ = RenewAsync(lease);
        }
    }

    private async Task RenewAsync(Lease lease)
    {
        var now = _clock.Now;
        var answer = await _remote.RunAsync((lease, _duration), static (store, renew) => store.RenewAsync(renew.lease.Key, renew.lease.Token, renew._duration)).ConfigureAwait(false);
        if (!answer.Succeeded)
            return;
        if (answer.Value)
            _held.TryUpdate(lease.Token, lease with { Since = now }, lease);
        else
            _held.TryRemove(KeyValuePair.Create(lease.Token, lease));
    }

    /// <param name="lease">The lease that may be held.</param>
    /// <param name="isLate">True when Redis has just answered the request for it, whatever the state of the circuit.</param>
    private void ReleaseLater(Lease lease, bool isLate = false)
    {
        if (_isDisposed || _unreleased.Count >= MaximumUnreleased)
            return;
        lease = lease with { Since = _clock.Now };
        _unreleased[lease.Token] = lease;
        if (isLate)
            _ = TryReleaseAsync(lease, evenIfOpen: true);
        if (Interlocked.Exchange(ref _isReleasing, 1) == 0)
            _ = ReleaseUntilDoneAsync();
    }

    private async Task ReleaseUntilDoneAsync()
    {
        try
        {
            while (true)
            {
                foreach (var turn in _unreleased.Values.Chunk(ReleasesPerTurn))
                {
                    if (_remote.IsClosed)
                        await Task.WhenAll(turn.Select(lease => TryReleaseAsync(lease))).ConfigureAwait(false);
                }

                if (_unreleased.IsEmpty)
                {
                    Volatile.Write(ref _isReleasing, 0);
                    if (_unreleased.IsEmpty || Interlocked.Exchange(ref _isReleasing, 1) != 0)
                        return;
                }

                await Task.Delay(s_pause, _clock.Provider, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed, which releases the leases.
        }
    }

    private async Task TryReleaseAsync(Lease lease, bool evenIfOpen = false)
    {
        var hasExpired = lease.Since + (long)_duration.TotalMilliseconds <= _clock.Now;
        if (hasExpired || await SendReleaseAsync(lease, evenIfOpen).ConfigureAwait(false))
            _unreleased.TryRemove(KeyValuePair.Create(lease.Token, lease));
    }

    private async ValueTask<bool> SendReleaseAsync(Lease lease, bool evenIfOpen = false)
    {
        if (!await _remote.RunAsync(lease, static (store, lease) => store.ReleaseAsync(lease.Key, lease.Token), evenIfOpen).ConfigureAwait(false))
            return false;
        _released.Add(lease.Token, lease);
        return true;
    }

    /// <param name="Key">The key that is filled.</param>
    /// <param name="Token">The holder.</param>
    /// <param name="Since">When it was acquired or renewed, or when its release became pending; steady milliseconds.</param>
    private readonly record struct Lease(RemoteKey Key, long Token, long Since);
}
