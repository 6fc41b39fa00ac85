using HotShelf.Caching.Postgres.Internal;

namespace HotShelf.Caching.Postgres;

/// <summary>A change feed that runs in this process.</summary>
public interface IChangeFeed
{
    /// <summary>The name of its connection.</summary>
    string Name { get; }

    /// <summary>Completes when the changes from before this process began have been passed on, or another process consumes the slot. Never fails.</summary>
    Task CaughtUp { get; }

    /// <summary>The age of the oldest change that the cache was not told of; zero when there is none, or another process consumes the slot.</summary>
    TimeSpan Lag { get; }

    /// <summary>What it does at this moment, and what it has done since this process began.</summary>
    ChangeFeedStatus GetStatus();
}

internal sealed class ChangeFeed(string name, ChangeFeedParts parts) : IChangeFeed
{
    public string Name => name;

    public Task CaughtUp => parts.State.CaughtUp;

    public TimeSpan Lag => parts.State.Phase == FeedPhase.StandingBy ? TimeSpan.Zero : parts.State.Lag;

    public ChangeFeedStatus GetStatus() => parts.History.Describe(name, parts.Database.Slot, parts.State);

    public ChangeFeedParts Parts => parts;
}
