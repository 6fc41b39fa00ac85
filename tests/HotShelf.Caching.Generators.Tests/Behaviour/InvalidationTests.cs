using HotShelf.Caching.Generators.Tests.Fakes;

namespace HotShelf.Caching.Generators.Tests.Behaviour;

public class InvalidationTests
{
    private readonly RecordingCache _cache = new();
    private readonly ProductWriter _origin;
    private readonly IProductWriter _writer;

    public InvalidationTests()
    {
        _origin = new ProductWriter(_cache.Events);
        _writer = new CachedProductWriter(_origin, _cache);
    }

    [Fact]
    public async Task Success_OfWrite_RemovesKeysAndTagsAfterIt()
    {
        await _writer.UpdateAsync(new Product(42, "tea"), default);
        Assert.Equal(["write", "remove product:42", "remove-tag category:tea", "remove-tag product-list", "remove-tag category:coffee"], _cache.Events);
    }

    [Fact]
    public async Task Failure_OfWrite_RemovesNothing()
    {
        _origin.Fails = true;
        await Assert.ThrowsAsync<InvalidOperationException>(() => _writer.UpdateAsync(new Product(42, "tea"), default));
        Assert.Empty(_cache.Events);
    }

    [Fact]
    public async Task CallerLeaving_AfterWrite_DoesNotCancelTheRemoval()
    {
        using var source = new CancellationTokenSource();
        await _writer.DeleteAsync(1, source.Token);
        Assert.False(_cache.RemovalCouldBeCancelled);
    }

    [Fact]
    public async Task NullResult_OfWrite_RemovesWhatNeedsNoResult()
    {
        Assert.Null(await _writer.UpdateAsync(new Product(-1, "tea"), default));
        Assert.Equal(["write", "remove product:-1", "remove-tag category:tea", "remove-tag product-list"], _cache.Events);
    }

    [Fact]
    public async Task SeveralAttributes_OnPlainValueTask_AllCount()
    {
        await _writer.DeleteAsync(7, default);
        Assert.Equal(["write", "remove product:7", "remove price:EUR:7", "remove-tag product-list"], _cache.Events);
    }

    [Fact]
    public async Task When_IsTrue_RemovesAll()
    {
        await _writer.TryUpdateAsync(3);
        Assert.Equal(["write", "remove product:3", "remove-tag listing:tea", "remove attempts:3"], _cache.Events);
    }

    [Fact]
    public async Task When_IsFalse_RemovesOnlyWhatDoesNotDependOnIt()
    {
        _origin.Fails = true;
        await _writer.TryUpdateAsync(3);
        Assert.Equal(["write", "remove attempts:3"], _cache.Events);
    }

    [Fact]
    public async Task Collections_InArgumentsAndResult_RemoveOneKeyForEachElement()
    {
        await _writer.DeleteManyAsync([1, 2], "recall");
        Assert.Equal(["write", "remove product:1", "remove price:1", "remove product:2", "remove price:2", "remove list:10", "remove list:20"], _cache.Events);
    }

    [Fact]
    public async Task NullCollections_InArgumentsAndResult_RemoveNothing()
    {
        await _writer.DeleteManyAsync(null, "recall");
        Assert.Equal(["write"], _cache.Events);
    }
}
