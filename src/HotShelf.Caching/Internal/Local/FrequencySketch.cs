namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// Estimates how often a key was asked for recently, also of keys that are not cached: a count-min sketch of four rows of 4-bit counters, about 8 to 16
/// bytes for each entry of the cache. An estimate is never too low; collisions can make it too high. After <see cref="Period"/> additions all counters
/// are halved, so that popularity of the past fades. See Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient Cache Admission Policy" (ACM TOS, 2017).
/// Not safe for several threads: the owner holds a lock.
/// </summary>
internal sealed class FrequencySketch
{
    /// <summary>The largest estimate.</summary>
    public const int Maximum = 15;

    private const int Rows = 4;
    private const int CountersPerWord = 16;
    private const int CountersPerEntry = 4;
    private const int SmallestRow = 1024;

    private readonly ulong[][] _rows = new ulong[Rows][];
    private int _added;

    public FrequencySketch()
    {
        for (var row = 0; row < Rows; row++)
            _rows[row] = new ulong[SmallestRow / CountersPerWord];
    }

    /// <summary>So many additions to counters, then all are halved.</summary>
    public int Period { get; set; } = 10 * SmallestRow / CountersPerEntry;

    /// <summary>For so many entries the estimates are good; see <see cref="EnsureCapacity"/>.</summary>
    public int Capacity => _rows[0].Length * CountersPerWord / CountersPerEntry;

    public int Estimate(int hash)
    {
        var least = Maximum;
        for (var row = 0; row < Rows; row++)
        {
            var (word, shift) = Locate(hash, row);
            least = Math.Min(least, (int)(_rows[row][word] >> shift) & Maximum);
        }

        return least;
    }

    /// <summary>Counts so many requests. Only counters below the new estimate are raised (conservative update), which keeps collisions small.</summary>
    public void Add(int hash, int count)
    {
        var old = Estimate(hash);
        var raised = (int)Math.Min(Maximum, (long)old + count);
        if (raised == old)
            return;
        for (var row = 0; row < Rows; row++)
        {
            var (word, shift) = Locate(hash, row);
            ref var counters = ref _rows[row][word];
            if (((int)(counters >> shift) & Maximum) < raised)
                counters = counters & ~((ulong)Maximum << shift) | (ulong)raised << shift;
        }

        _added += raised - old;
        if (_added >= Period)
            Halve();
    }

    /// <summary>Doubles the rows until they are long enough for so many entries. No estimate changes: the two counters that an old one becomes both begin with its value.</summary>
    public void EnsureCapacity(int entries)
    {
        while (Capacity < entries && _rows[0].Length < 1 << 26)
        {
            for (var row = 0; row < Rows; row++)
                _rows[row] = [.. _rows[row], .. _rows[row]];
        }
    }

    private void Halve()
    {
        foreach (var row in _rows)
        {
            for (var i = 0; i < row.Length; i++)
                row[i] = row[i] >> 1 & 0x7777_7777_7777_7777;
        }

        _added /= 2;
    }

    private (int Word, int Shift) Locate(int hash, int row)
    {
        // Each row sees another mixture of the hash (the finalizer of MurmurHash3 over hash and row).
        var mixed = ((ulong)(uint)hash | (ulong)(row + 1) << 32) * 0xFF51AFD7ED558CCD;
        mixed = (mixed ^ mixed >> 33) * 0xC4CEB9FE1A85EC53;
        mixed ^= mixed >> 33;
        return ((int)mixed & _rows[row].Length - 1, (int)(mixed >> 60) * 4);
    }
}
