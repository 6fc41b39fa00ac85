using HotShelf.Caching.Fleet;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>Where nodes tell of themselves.</summary>
internal interface IFleetStore
{
    /// <summary>False while there is no connection: then nothing need be tried.</summary>
    bool IsConnected { get; }

    /// <summary>The stream's latest round trip; null before the first.</summary>
    TimeSpan? StreamRoundTrip { get; }

    /// <summary>Delivers in one round trip. A batch that was delivered already, and whose answer was lost, is not counted twice.</summary>
    /// <returns>Null when it is delivered; what the server says when it refuses.</returns>
    Task<string?> DeliverAsync(FleetBatch batch);

    /// <summary>Begins to answer those who ask which nodes hold a copy of a key, until the store is disposed; to be called once it is connected, again when it failed.</summary>
    /// <param name="node">The id under which this process answers.</param>
    /// <param name="find">Looks into L1; called on the connection's threads.</param>
    Task AnswerAsync(string node, Func<string, LocalCopy> find);
}

/// <summary>What this process holds of a key.</summary>
/// <param name="State">Whether it answers from it.</param>
/// <param name="LocalUntil">Until when, in Unix milliseconds of the server's clock.</param>
/// <param name="Reads">How often it was read.</param>
internal readonly record struct LocalCopy(CopyState State, long LocalUntil, long Reads);
