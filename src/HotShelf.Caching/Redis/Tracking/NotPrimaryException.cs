using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The server is a replica: it hears of changes later than its primary, and clients write elsewhere.</summary>
internal sealed class NotPrimaryException(EndPoint? primary) : Exception("it is a replica")
{
    /// <summary>Where the replica copies from; null when it does not say.</summary>
    public EndPoint? Primary => primary;
}
