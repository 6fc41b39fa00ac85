using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Chooses the next server: the one that another server named, otherwise the known ones in turn, starting with the last that worked.</summary>
internal sealed class Route(IReadOnlyList<EndPoint> endPoints)
{
    private EndPoint? _named;
    private int _index;

    /// <summary>The server to connect to.</summary>
    public EndPoint Next()
    {
        var next = _named ?? endPoints[_index % endPoints.Count];
        _named = null;
        return next;
    }

    /// <summary>Uses this server next, once.</summary>
    public void GoTo(EndPoint endPoint) => _named = endPoint;

    /// <summary>This server failed: continue with the one after it. One that was only named has no place in the order, and its failure must not skip another.</summary>
    public void Skip(EndPoint failed)
    {
        if (endPoints[_index % endPoints.Count].Equals(failed))
            _index = (_index + 1) % endPoints.Count;
    }

    /// <summary>Replaces the known servers.</summary>
    public void Replace(IReadOnlyList<EndPoint> known) => endPoints = known;
}
