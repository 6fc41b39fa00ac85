using HotShelf.Caching.Generators.Tests.Fakes;

namespace HotShelf.Caching.Generators.Tests.Behaviour;

public sealed record Stock(int Id, long Version);

[CachedService]
public interface IStocks
{
    [Cached("stock:{id}", Version = "result.Version")]
    ValueTask<Stock?> FindAsync(int id);

    [Cached("stock:{ids}", Version = "result.Version")]
    ValueTask<IReadOnlyDictionary<int, Stock>> FindManyAsync(IReadOnlyList<int> ids);

    [Invalidates("stock:{id}", Version = "result.Version")]
    ValueTask<Stock?> TakeAsync(int id);

    [Invalidates("stock:{ids}", Version = "version")]
    Task TakeManyAsync(IReadOnlyList<int> ids, long? version);
}

public sealed class Stocks : IStocks
{
    public ValueTask<Stock?> FindAsync(int id) => new(id < 0 ? null : new Stock(id, 7));

    public ValueTask<IReadOnlyDictionary<int, Stock>> FindManyAsync(IReadOnlyList<int> ids) => new(ids.ToDictionary(id => id, id => new Stock(id, id * 10)));

    public ValueTask<Stock?> TakeAsync(int id) => FindAsync(id);

    public Task TakeManyAsync(IReadOnlyList<int> ids, long? version) => Task.CompletedTask;
}

public class VersionTests
{
    private readonly RecordingCache _cache = new();
    private readonly IStocks _stocks;

    public VersionTests() => _stocks = new CachedStocks(new Stocks(), _cache);

    [Fact]
    public async Task VersionOfResult_IsTheEntrysVersion()
    {
        await _stocks.FindAsync(1);
        await _stocks.FindAsync(-1);
        Assert.Equal((7, 0), (_cache.VersionOf("stock:1"), _cache.VersionOf("stock:-1")));
    }

    [Fact]
    public async Task VersionOfEachResult_IsItsEntrysVersion()
    {
        await _stocks.FindManyAsync([1, 2]);
        Assert.Equal((10, 20), (_cache.VersionOf("stock:1"), _cache.VersionOf("stock:2")));
    }

    [Fact]
    public async Task VersionOfWrite_RemovesOlderEntries_AndWithoutOneAll()
    {
        await _stocks.TakeAsync(1);
        await _stocks.TakeAsync(-1);
        await _stocks.TakeManyAsync([2, 3], 5);
        await _stocks.TakeManyAsync([4], null);
        Assert.Equal(["remove stock:1 older than 7", "remove stock:-1 older than 0", "remove stock:2 older than 5", "remove stock:3 older than 5", "remove stock:4 older than 0"], _cache.Events);
    }
}
