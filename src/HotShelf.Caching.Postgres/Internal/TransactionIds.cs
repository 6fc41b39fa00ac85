using System.Runtime.InteropServices;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Ids of transactions, of which most between the first and the last are there: a bit for each, so that millions are kept while Redis is away.</summary>
internal sealed class TransactionIds
{
    private readonly Dictionary<uint, ulong> _blocks = [];

    public bool IsEmpty => _blocks.Count == 0;

    /// <summary>The latest id. Ids are compared modulo 2^32: that is right as long as they are less than 2^31 apart, as PostgreSQL requires of all.</summary>
    public uint Latest { get; private set; }

    public void Add(uint id)
    {
        if (IsEmpty || IsBefore(Latest, id))
            Latest = id;
        CollectionsMarshal.GetValueRefOrAddDefault(_blocks, id / 64, out _) |= 1UL << (int)(id % 64);
    }

    public bool Contains(uint id) => _blocks.TryGetValue(id / 64, out var block) && (block >> (int)(id % 64) & 1) != 0;

    public static bool IsBefore(uint one, uint other) => unchecked((int)(one - other)) < 0;
}
