using HotShelf.Caching.Generators.Tests.Fakes;

namespace HotShelf.Caching.Generators.Tests.Behaviour;

public sealed record Sale(string Shelf, IReadOnlyList<int> Parts, string? Change);

[CachedService]
public interface ISales
{
    [Invalidates("sale:{id}", Tags = ["shelf:{result.Shelf}"], Change = "result.Change")]
    ValueTask<Sale?> SellAsync(int id);

    [Invalidates(Tags = ["all", "part:{result.Parts}"], Change = "result.Change")]
    ValueTask<Sale> SellPartsAsync(int id);

    [Invalidates(Tags = ["all"], Change = "change")]
    Task EmptyAsync(string change);
}

public sealed class Sales : ISales
{
    public ValueTask<Sale?> SellAsync(int id) => new(id < 0 ? null : new Sale("top", [], id == 0 ? null : $"c{id}"));

    public ValueTask<Sale> SellPartsAsync(int id) => new(new Sale("top", [1, 2], $"c{id}"));

    public Task EmptyAsync(string change) => Task.CompletedTask;
}

public class ChangeTests
{
    private readonly RecordingCache _cache = new();
    private readonly ISales _sales;

    public ChangeTests() => _sales = new CachedSales(new Sales(), _cache);

    [Fact]
    public async Task ChangeOfResult_IsGivenWithTheTags_AndKeysGoAsWithoutIt()
    {
        await _sales.SellAsync(1);
        await _sales.SellAsync(0);
        Assert.Equal(["remove sale:1", "remove-tag shelf:top for c1", "remove sale:0", "remove-tag shelf:top for any"], _cache.Events);
        Assert.False(_cache.RemovalCouldBeCancelled);
    }

    [Fact]
    public async Task ChangeOfNullResult_RemovesNoTagThatItNames()
    {
        await _sales.SellAsync(-1);
        Assert.Equal(["remove sale:-1"], _cache.Events);
    }

    [Fact]
    public async Task Change_WithACollectionOfTagsAndWithOneTag_IsGivenForAll()
    {
        await _sales.SellPartsAsync(7);
        await _sales.EmptyAsync("x");
        Assert.Equal(["remove-tag all for c7", "remove-tag part:1 for c7", "remove-tag part:2 for c7", "remove-tag all for x"], _cache.Events);
    }
}
