using HotShelf.Caching.Fleet;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>Stores the status of nodes.</summary>
internal interface IFleetStore
{
    /// <summary>False while Redis is not connected.</summary>
    bool IsConnected { get; }

    /// <summary>The latest round-trip time of the stream; null before the first.</summary>
    TimeSpan? StreamRoundTrip { get; }

    /// <summary>Sends a batch in one round trip. A batch that was stored before, and whose answer was lost, is not counted twice.</summary>
    /// <returns>Null when stored; the server's error text when it refuses.</returns>
    Task<string?> DeliverAsync(FleetBatch batch);

    /// <summary>Starts to answer requests for the nodes that hold a copy of a key, until the store is disposed. Call once when connected, and again if it failed.</summary>
    /// <param name="node">This process' id in the answers.</param>
    /// <param name="find">Looks up L1; called on the connection's threads.</param>
    Task AnswerAsync(string node, Func<string, LocalCopy> find);
}

/// <summary>The state of a key in this process' L1.</summary>
/// <param name="State">Whether L1 serves it.</param>
/// <param name="LocalUntil">The end of its L1 lifetime, in Unix milliseconds of the server's clock.</param>
/// <param name="Reads">The number of reads.</param>
internal readonly record struct LocalCopy(CopyState State, long LocalUntil, long Reads);
