namespace HotShelf.Caching.Postgres;

/// <summary>The database or the mapping is not as the change feed needs it. The message says what to set.</summary>
public sealed class ChangeFeedSetupException : Exception
{
    internal ChangeFeedSetupException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
