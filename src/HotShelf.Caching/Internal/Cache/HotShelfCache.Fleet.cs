using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Fleet;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal;

/// <summary>What this node tells the fleet of itself: <c>Internal/Fleet</c>.</summary>
internal sealed partial class HotShelfCache
{
    private readonly FleetJournal? _journal;
    private readonly FleetPublisher? _publisher;

    /// <summary>What L1 holds of a key.</summary>
    internal LocalCopy CopyOf(string key)
    {
        if (_local.Find(key) is not { } entry)
            return new LocalCopy(CopyState.None, 0, 0);
        var until = Math.Min(entry.Times.LocalUntil, entry.Times.StaleUntil);
        // A tag whose stamp is to be read again, as after its first use by anybody, does not make the copy an old one.
        var isFresh = _clock.Now < Math.Min(until, entry.Times.FreshUntil) && _tags.Check(entry) != TagVerdict.Hidden;
        return new LocalCopy(isFresh ? CopyState.Fresh : CopyState.Outdated, CacheClock.Move(until, -_clock.SteadyOffset), entry.Reads);
    }

    /// <summary>The types of values this process works with, by fingerprint.</summary>
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
