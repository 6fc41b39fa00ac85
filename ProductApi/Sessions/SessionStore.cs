using HotShelf.Caching;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.ProductApi.Sessions;

/// <summary>
/// Sessions, kept in Redis alone: never in a process' memory, so that an ended session is ended on every replica at once. Sliding and absolute
/// limits are those of the family's policy.
/// </summary>
internal sealed class SessionStore(HybridCache cache, ICacheInspector inspector, TimeProvider time)
{
    private const int Attempts = 5;

    /// <summary>Opens a session.</summary>
    /// <exception cref="SessionStoreUnavailableException">It could not be kept.</exception>
    public async ValueTask<(string Token, Session Session)> OpenAsync(string userId, CancellationToken cancellationToken)
    {
        var token = SessionToken.Create();
        var now = time.GetUtcNow();
        var session = new Session(userId, now, now + SessionDefaults.Longest);
        var key = SessionToken.CacheKey(token)!;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await cache.SetAsync(key, session, cancellationToken: cancellationToken);
            // The cache swallows a failed store, as it must for everything that can be loaded again. A session cannot.
            var read = await cache.TryGetAsync<Session>(key, cancellationToken: cancellationToken);
            if (read.Found)
                return (token, session);
            if (IsAway(read))
                break;
            // All sessions were removed at this moment, or everything (a version bump).
        }

        throw new SessionStoreUnavailableException();
    }

    /// <summary>The session of a token, its idle time begun anew; null when it ended or never was.</summary>
    /// <exception cref="SessionStoreUnavailableException">Redis does not answer, so it is not known whether the session exists.</exception>
    public async ValueTask<Session?> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (SessionToken.CacheKey(token) is not { } key)
            return null;
        var read = await cache.TryGetAsync<Session>(key, cancellationToken: cancellationToken);
        if (read is { Found: true, Value: { } session })
            return session.ExpiresAt > time.GetUtcNow() ? session : null;
        // "Not found" while Redis is away would log everybody out.
        return IsAway(read) ? throw new SessionStoreUnavailableException() : null;
    }

    private bool IsAway(CacheRead<Session> read) => read.IsUnavailable || inspector.GetStatistics().RemoteState is not "closed";

    /// <summary>Ends a session, whether it is known or not; also when the caller leaves meanwhile.</summary>
    /// <exception cref="SessionStoreUnavailableException">Redis does not answer, so it may go on.</exception>
    public async ValueTask EndAsync(string token)
    {
        if (SessionToken.CacheKey(token) is not { } key)
            return;
        await cache.RemoveAsync(key, CancellationToken.None);
        // Until Redis answers, only this process knows of the removal. Whoever logs out must not be told that it is done.
        var read = await cache.TryGetAsync<Session>(key, cancellationToken: CancellationToken.None);
        if (read.Found || IsAway(read))
            throw new SessionStoreUnavailableException();
    }
}
