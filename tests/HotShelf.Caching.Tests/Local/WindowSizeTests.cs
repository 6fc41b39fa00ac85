using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Tests.Local;

public sealed class WindowSizeTests
{
    private const int Limit = 1_000_000;
    private const int Entries = 1_000;

    private readonly WindowSize _window = new(Limit);
    private readonly Random _random = new(5);
    private long _hits;

    private double Share => (double)_window.Bytes / Limit;

    [Fact]
    public void OnMiss_HitRatioHasItsPeakAtALargeWindow_TheWindowGrowsThere()
    {
        Func<double, double> hitRatio = share => 0.8 - Math.Abs(share - 0.6) / 2;
        Request(1_000_000, hitRatio);
        // It never stands still, so that it notices when something changes.
        var mean = Enumerable.Range(0, 200).Average(_ =>
        {
            Request(10_000, hitRatio);
            return Share;
        });
        Assert.InRange(mean, 0.45, 0.75);
    }

    [Fact]
    public void OnMiss_HitRatioFallsWithTheWindow_TheWindowStaysSmall()
    {
        var largest = 0.0;
        for (var i = 0; i < 100; i++)
        {
            Request(30_000, share => 0.6 - share / 4);
            largest = Math.Max(largest, Share);
        }

        Assert.InRange(largest, 0.01, 0.15);
        Assert.InRange(Share, 0.01, 0.04);
    }

    [Fact]
    public void OnMiss_TheWindowDoesNotMatter_TheWindowStaysSmall()
    {
        Request(3_000_000, _ => 0.5);
        Assert.InRange(Share, 0.01, 0.15);
    }

    [Fact]
    public void OnMiss_TheRequestsChange_TheWindowFollows()
    {
        Request(3_000_000, share => 0.6 - share / 4);
        Request(3_000_000, share => 0.3 + share / 2);
        Assert.InRange(Share, 0.7, 0.95);
        Request(3_000_000, share => 0.6 - share / 4);
        Assert.InRange(Share, 0.01, 0.15);
    }

    private void Request(int requests, Func<double, double> hitRatio)
    {
        for (var i = 0; i < requests; i++)
        {
            if (_random.NextDouble() < hitRatio(Share))
                _hits++;
            else
                _window.OnMiss(() => _hits, Entries);
        }
    }
}
