namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// Finds how much of the memory the window should have, by hill climbing (Einziger, Eytan, Friedman, Manes: "Adaptive Software Cache Management", Middleware
/// 2018). After each sample of requests the window takes a step. A hit ratio that rose makes the next step twice as large, one that fell turns it round, and one that
/// changed no more than chance explains lets the window shrink: a small one is right for most workloads. At its smallest it rests longer after each attempt in vain.
/// Not safe for several threads.
/// </summary>
/// <param name="limit">Bytes of all entries together.</param>
internal sealed class WindowSize(long limit)
{
    private const double Smallest = 0.01;
    private const double Largest = 0.95;
    private const double FirstStep = 0.03;
    private const double LargestStep = 0.25;

    /// <summary>A sample has so many requests for each entry, and not fewer than for <see cref="FewestEntries"/>: what one step gains would drown in chance.</summary>
    private const int RequestsPerEntry = 10;

    private const int FewestEntries = 1_000;

    /// <summary>Misses between two looks at the counter of hits, which takes a look at each family.</summary>
    private const int MissesPerLook = 64;

    /// <summary>Standard deviations that the difference of two samples has to exceed to mean something.</summary>
    private const double Significance = 1;

    /// <summary>A fall of the hit ratio like this one means that other things are asked for than before.</summary>
    private const double NewWorkload = 0.05;

    /// <summary>So many samples pass before the first step: while a cache fills, its hit ratio rises whatever the window does.</summary>
    private const int FirstRest = 4;

    private const int LongestRest = 64;

    private double _share = Smallest;
    private double _step = FirstStep;
    private double _ratio = double.NaN;
    private long _hits;
    private int _misses;
    private int _rest = FirstRest;
    private int _nextRest = 1;

    /// <summary>Bytes that the window may have.</summary>
    public long Bytes { get; private set; } = (long)(limit * Smallest);

    /// <summary>Counts a miss.</summary>
    /// <param name="hits">Gives the number of all hits so far.</param>
    /// <param name="entries">Entries that there are now.</param>
    public void OnMiss(Func<long> hits, int entries)
    {
        if (++_misses % MissesPerLook != 0)
            return;
        var allHits = hits();
        var requests = allHits - _hits + _misses;
        if (requests < RequestsPerEntry * (long)Math.Max(entries, FewestEntries))
            return;
        Climb((allHits - _hits) / (double)requests, requests);
        (_hits, _misses) = (allHits, 0);
        Bytes = (long)(limit * _share);
    }

    private void Climb(double ratio, long requests)
    {
        var change = ratio - _ratio;
        _ratio = ratio;
        if (double.IsNaN(change))
            return;
        if (change <= -NewWorkload)
            (_rest, _nextRest) = (0, 1);
        if (_share == Smallest && _rest-- > 0)
            return;

        if (Math.Abs(change) < Significance * Math.Sqrt(2 * ratio * (1 - ratio) / requests))
            _step = _share == Smallest ? FirstStep : -FirstStep;
        else if (change < 0)
            _step = -_step / 2;
        else
            _step = Math.Clamp(_step * 2, -LargestStep, LargestStep);
        _share = Math.Clamp(_share + _step, Smallest, Largest);

        if (_share == Smallest)
        {
            _step = FirstStep;
            _rest = _nextRest;
            _nextRest = Math.Min(_nextRest * 2, LongestRest);
        }
        else if (_share > 0.2)
        {
            _nextRest = 1;
        }
    }
}
