using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>The running flights of this process, by key.</summary>
internal sealed class FlightTable
{
    private readonly ConcurrentDictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    public int Count => _flights.Count;

    public bool Contains(string key) => _flights.ContainsKey(key);

    /// <summary>
    /// Joins the running flight of a key, or creates one that the caller must run. A flight of another type or with other flags is not joined:
    /// the caller then gets a separate flight that is not in the table.
    /// </summary>
    public Flight<T> JoinOrCreate<T>(string key, HybridCacheEntryFlags flags, in FlightOrigin origin, out bool joined)
    {
        Flight<T>? created = null;
        while (true)
        {
            if (_flights.TryGetValue(key, out var running))
            {
                joined = TryJoin<T>(running, flags, out var same);
                if (joined)
                {
                    same!.Joined();
                    return same;
                }

                created ??= new Flight<T>(key, flags, origin);
                // An abandoned flight is replaced. One of another type or with other flags stays, and the new flight is not added.
                if (running.Callers > 0 || _flights.TryUpdate(key, created, running))
                    return created;
            }
            else
            {
                joined = false;
                created ??= new Flight<T>(key, flags, origin);
                if (_flights.TryAdd(key, created))
                    return created;
            }
        }
    }

    /// <summary>Adds a flight unless the key has one.</summary>
    public bool TryAdd(Flight flight) => _flights.TryAdd(flight.Key, flight);

    /// <summary>Removes this flight: it is completed, or later callers must not join it.</summary>
    public void Remove(Flight flight) => _flights.TryRemove(KeyValuePair.Create(flight.Key, flight));

    /// <summary>After an invalidation: later callers start a new flight. The detached one continues for its callers.</summary>
    public void Detach(ReadOnlySpan<char> key) => _flights.GetAlternateLookup<ReadOnlySpan<char>>().TryRemove(key, out _, out _);

    public void DetachAll() => _flights.Clear();

    private static bool TryJoin<T>(Flight running, HybridCacheEntryFlags flags, [NotNullWhen(true)] out Flight<T>? same)
    {
        same = running as Flight<T>;
        return same is not null && same.Flags == flags && same.TryJoin();
    }
}
