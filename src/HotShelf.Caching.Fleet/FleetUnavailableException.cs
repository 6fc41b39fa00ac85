namespace HotShelf.Caching.Fleet;

/// <summary>The fleet's status cannot be read: Redis is not reachable, timed out, or refused the command.</summary>
public sealed class FleetUnavailableException : Exception
{
    internal FleetUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
