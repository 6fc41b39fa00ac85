using System.Collections.Concurrent;

namespace HotShelf.CacheConsole.Security;

/// <summary>
/// Sessions that were signed out of before their time was over. They are known to this process alone: after a restart, and by another replica, a copy of such a
/// cookie would be accepted until its time is over; a new token ends all of them.
/// </summary>
internal sealed class EndedSessions(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new(StringComparer.Ordinal);

    /// <summary>A session has ended; its id. Open pages listen to it.</summary>
    public event Action<string>? Ended;

    public bool Contains(string id) => _ended.ContainsKey(id);

    /// <summary>Refuses the session's cookie from now on.</summary>
    public void Add(Session session)
    {
        foreach (var (id, until) in _ended)
        {
            if (until <= time.GetUtcNow())
                _ended.TryRemove(id, out _);
        }

        _ended[session.Id] = session.Until;
    }

    /// <summary>Tells the open pages of a session that it has ended.</summary>
    public void Tell(Session session) => Ended?.Invoke(session.Id);
}
