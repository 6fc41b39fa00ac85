namespace HotShelf.Caching.Internal.Remote;

/// <summary>Invalidations that could not be sent to Redis: each is kept once, with the latest version of those that concern one key, and replayed before this node reads from Redis again.</summary>
internal sealed class PendingInvalidations(int maximum)
{
    private readonly Lock _lock = new();
    private Dictionary<RemoteKey, long> _keys = [];
    private HashSet<string> _tags = new(StringComparer.Ordinal);

    // Of IDistributedCache: no tag hides its entries, so none of these may be forgotten.
    private HashSet<RemoteKey> _untagged = [];

    // Being sent.
    private HashSet<RemoteKey> _takenKeys = [];
    private int _takenTags;
    private int _count;

    /// <summary>The number of pending invalidations, including those being replayed.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>True when one of them may remove this entry: one of its key, or, unless it belongs to IDistributedCache, one of any tag.</summary>
    public bool Concerns(RemoteKey key)
    {
        lock (_lock)
        {
            return _keys.ContainsKey(key) || _untagged.Contains(key) || _takenKeys.Contains(key) || key.Sliding != TimeSpan.Zero && _tags.Count + _takenTags > 0;
        }
    }

    public void AddKeys(IEnumerable<VersionedKey> keys)
    {
        lock (_lock)
        {
            foreach (var (key, version) in keys)
            {
                if (key.Sliding == TimeSpan.Zero)
                    _untagged.Add(key);
                else
                    _keys[key] = VersionedKey.Later(_keys.TryGetValue(key, out var other) ? other : version, version);
            }

            Bound();
        }
    }

    public void AddTags(IEnumerable<string> names)
    {
        lock (_lock)
        {
            _tags.UnionWith(names);
            Bound();
        }
    }

    /// <summary>Takes all pending invalidations; those that fail are added again, before <see cref="EndReplay"/>.</summary>
    public (IReadOnlyList<VersionedKey> Keys, IReadOnlyList<string> Tags) Take()
    {
        lock (_lock)
        {
            VersionedKey[] keys = [.. _keys.Select(static item => new VersionedKey(item.Key, item.Value)), .. _untagged.Select(static key => new VersionedKey(key, 0))];
            string[] tags = [.. _tags];
            _keys = [];
            _untagged = [];
            _tags = new(StringComparer.Ordinal);
            (_takenKeys, _takenTags) = ([.. keys.Select(static item => item.Key)], tags.Length);
            return (keys, tags);
        }
    }

    public void EndReplay()
    {
        lock (_lock)
        {
            (_takenKeys, _takenTags) = ([], 0);
            CountAll();
        }
    }

    private void Bound()
    {
        if (_keys.Count + _tags.Count > maximum)
        {
            // Too many to keep: remove everything instead. Sliding entries are not in L1; the check of their tags hides them too.
            _keys = [];
            _tags = new(StringComparer.Ordinal) { Tags.TagTable.EverythingName };
        }

        CountAll();
    }

    private void CountAll() => Volatile.Write(ref _count, _keys.Count + _tags.Count + _untagged.Count + _takenKeys.Count + _takenTags);
}
