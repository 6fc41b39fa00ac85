namespace HotShelf.Caching.Simulation;

/// <summary>What was loaded, changed and read, when and by which node, and whether each read kept the promises.</summary>
internal sealed class History(Limits limits)
{
    // By number, which is the value that is cached.
    private readonly List<Load> _loads = [];
    private readonly List<Read> _reads = [];
    private readonly List<Change> _changes = [];

    /// <summary>The first promise that was broken.</summary>
    public string? Failure { get; private set; }

    public int LoadCount => _loads.Count;

    /// <summary>Notes a load, and returns its number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="version">What the origin had.</param>
    /// <param name="now">When the origin was read.</param>
    public int AddLoad(int key, int version, long now)
    {
        _loads.Add(new(key, version, now));
        return _loads.Count - 1;
    }

    /// <summary>Notes a change when it is acknowledged.</summary>
    public void AddChange(int node, int key, int version, long now) => _changes.Add(new(node, key, version, now));

    public void AddRead(Read read) => _reads.Add(read);

    public int VersionOf(int load) => _loads[load].Version;

    public IEnumerable<IGrouping<int, int>> LoadsByKey(int from) => _loads.Skip(from).GroupBy(static load => load.Key, static load => load.Version);

    /// <summary>The least version that a read may return: of the latest change on this node, and of those on others that had the time to be seen.</summary>
    public int Due(int node, int key, long now, long connectedSince)
    {
        var due = 0;
        foreach (var change in _changes)
        {
            if (change.Key == key && (change.Node == node || now - change.At >= limits.VisibleAfter && now - connectedSince >= limits.VisibleAfter))
                due = Math.Max(due, change.Version);
        }

        return due;
    }

    public void CheckReads()
    {
        foreach (var read in _reads)
        {
            if (VersionOf(read.Load) < read.Due)
                Fail($"node {read.Node} read version {VersionOf(read.Load)} of {SharedKeys.Name(read.Key)} at {Seconds(read.Began)}, at least {read.Due} was due");
            CheckAge(read);
            if (read.Ended - read.Began > limits.LongestRead)
                Fail($"node {read.Node}: a read of {SharedKeys.Name(read.Key)} at {Seconds(read.Began)} took {Seconds(read.Ended - read.Began)}");
        }
    }

    /// <summary>A value of the family with a lifetime is not returned beyond it.</summary>
    public void CheckAge(Read read)
    {
        var age = read.Began - _loads[read.Load].At;
        // The entries of batches are others, of a family without a lifetime.
        if (!read.IsBatch && SharedKeys.HasLifetime(read.Key) && age > limits.OldestValue)
            Fail($"node {read.Node} read a value of {SharedKeys.Name(read.Key)} at {Seconds(read.Began)} that was loaded {Seconds(age)} before");
    }

    public void Fail(string what) => Failure ??= what;

    private static string Seconds(long ticks) => $"{TimeSpan.FromTicks(ticks).TotalSeconds:F3} s";

    // At: when the origin was read.
    private readonly record struct Load(int Key, int Version, long At);

    // At: when it was acknowledged.
    private readonly record struct Change(int Node, int Key, int Version, long At);
}

/// <param name="Node">Who read.</param>
/// <param name="Key">What.</param>
/// <param name="Began">When, in ticks.</param>
/// <param name="Ended">When it was answered.</param>
/// <param name="Load">The number of the load that it returned.</param>
/// <param name="Due">The least version that it may return.</param>
/// <param name="IsBatch">True of a read of several keys.</param>
internal readonly record struct Read(int Node, int Key, long Began, long Ended, int Load, int Due, bool IsBatch = false);
