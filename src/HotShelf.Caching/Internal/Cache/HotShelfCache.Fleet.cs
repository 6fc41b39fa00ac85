using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Fleet;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal;

/// <summary>The status that this node publishes: <c>Internal/Fleet</c>.</summary>
internal sealed partial class HotShelfCache
{
    private readonly FleetJournal? _journal;
    private readonly FleetPublisher? _publisher;

    /// <summary>The state of a key in L1.</summary>
    internal LocalCopy CopyOf(string key)
    {
        if (_local.Find(key) is not { } entry)
            return new LocalCopy(CopyState.None, 0, 0);
        var until = Math.Min(entry.Times.LocalUntil, entry.Times.StaleUntil);
        // A tag whose stamp must be read again does not make the copy outdated.
        var isFresh = _clock.Now < Math.Min(until, entry.Times.FreshUntil) && _tags.Check(entry) != TagVerdict.Hidden;
        return new LocalCopy(isFresh ? CopyState.Fresh : CopyState.Outdated, CacheClock.Move(until, -_clock.SteadyOffset), entry.Reads);
    }

    /// <summary>The value types used by this process, by fingerprint.</summary>
    internal IReadOnlyDictionary<string, string> KnownTypes()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (type, shape) in _values.Known)
            names[shape.ToString("x16", System.Globalization.CultureInfo.InvariantCulture)] = NameOf(type);
        return names;
    }

    private (FleetJournal Journal, FleetPublisher Publisher) JoinFleet(IFleetStore fleet, FleetIdentity identity)
    {
        var journal = new FleetJournal(identity, _options, _families, _clock);
        _metrics.TellsFleet = true;
        _remote!.CircuitChanged = journal.CircuitChanged;
        return (journal, new FleetPublisher(this, _remote, fleet, identity, journal, _logger));
    }

    private static string NameOf(Type type) => type switch
    {
        { IsArray: true } => NameOf(type.GetElementType()!) + "[]",
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>",
        _ => type.Name,
    };
}
