namespace HotShelf.Caching.Fleet;

/// <summary>Redis cannot be asked what the fleet tells of itself: it is away, too slow, or refuses.</summary>
public sealed class FleetUnavailableException : Exception
{
    internal FleetUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
