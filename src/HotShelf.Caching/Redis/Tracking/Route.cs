using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Which server comes next: the one that another server named, else the known ones in turn, beginning with the one that worked.</summary>
internal sealed class Route(IReadOnlyList<EndPoint> endPoints)
{
    private EndPoint? _named;
    private int _index;

    /// <summary>The server to connect to now.</summary>
    public EndPoint Next()
    {
        var next = _named ?? endPoints[_index % endPoints.Count];
        _named = null;
        return next;
    }

    /// <summary>Tries this one next, once.</summary>
    public void GoTo(EndPoint endPoint) => _named = endPoint;

    /// <summary>The current one did not serve: goes on to the one after it.</summary>
    public void Skip() => _index = (_index + 1) % endPoints.Count;

    /// <summary>Knows other servers from now on.</summary>
    public void Replace(IReadOnlyList<EndPoint> known) => endPoints = known;
}
