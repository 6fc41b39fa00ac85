using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Tests.Local;

public sealed class FrequencySketchTests
{
    private readonly FrequencySketch _sketch = new();

    [Fact]
    public void Estimate_KeyNeverAdded_IsZero()
    {
        _sketch.Add(1, 5);
        Assert.Equal(0, _sketch.Estimate(2));
    }

    [Fact]
    public void Estimate_KeyAddedOftenOrAtOnce_CountsUpToFifteen()
    {
        for (var count = 1; count <= 20; count++)
        {
            _sketch.Add(1, 1);
            Assert.Equal(Math.Min(count, FrequencySketch.Maximum), _sketch.Estimate(1));
        }

        _sketch.Add(2, int.MaxValue);
        Assert.Equal(FrequencySketch.Maximum, _sketch.Estimate(2));
    }

    [Fact]
    public void Estimate_AsManyKeysAsTheCapacity_IsNeverTooLowAndSeldomTooHigh()
    {
        var random = new Random(1);
        var counts = Enumerable.Range(0, _sketch.Capacity).ToDictionary(_ => random.Next(), _ => random.Next(1, 8));
        foreach (var (hash, count) in counts)
            _sketch.Add(hash, count);
        Assert.All(counts, item => Assert.True(_sketch.Estimate(item.Key) >= item.Value));
        Assert.InRange(counts.Count(item => _sketch.Estimate(item.Key) > item.Value), 0, counts.Count / 20);
    }

    [Fact]
    public void EnsureCapacity_MoreEntries_GrowsAndKeepsEveryEstimate()
    {
        var random = new Random(2);
        var hashes = Enumerable.Range(0, 200).Select(_ => random.Next()).ToArray();
        foreach (var hash in hashes)
            _sketch.Add(hash, random.Next(1, 8));
        var before = Array.ConvertAll(hashes, _sketch.Estimate);
        _sketch.EnsureCapacity(5_000);
        Assert.InRange(_sketch.Capacity, 5_000, 10_000);
        Assert.Equal(before, Array.ConvertAll(hashes, _sketch.Estimate));
    }

    [Fact]
    public void Add_PeriodIsOver_HalvesEveryEstimate()
    {
        _sketch.Period = 30;
        _sketch.Add(1, 14);
        _sketch.Add(2, 7);
        _sketch.Add(3, 8);
        Assert.Equal(14, _sketch.Estimate(1));
        _sketch.Add(4, 1);
        Assert.Equal([7, 3, 4, 0], new[] { 1, 2, 3, 4 }.Select(_sketch.Estimate));
    }
}
