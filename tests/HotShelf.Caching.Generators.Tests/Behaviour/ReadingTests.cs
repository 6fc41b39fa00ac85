using HotShelf.Caching.Generators.Tests.Fakes;

namespace HotShelf.Caching.Generators.Tests.Behaviour;

public class ReadingTests
{
    private readonly RecordingCache _cache = new();
    private readonly ProductReader _origin = new();
    private readonly IProductReader _reader;

    public ReadingTests() => _reader = new CachedProductReader(_origin, _cache);

    [Fact]
    public async Task ValueTask_ReadTwice_LoadsOnce()
    {
        var first = await _reader.FindAsync(42);
        var second = await _reader.FindAsync(42);

        Assert.Equal(new Product(42, "tea"), first);
        Assert.Same(first, second);
        Assert.Equal(["find 42"], _origin.Calls);
        Assert.Equal(["fill product:42", "hit product:42"], _cache.Events);
    }

    [Fact]
    public async Task ResultTags_Filled_AreTakenFromResult()
    {
        await _reader.FindAsync(42);
        Assert.Equal(["products", "category:tea"], _cache.TagsOf("product:42"));
    }

    [Fact]
    public async Task NullResult_Filled_HasOnlyTheTagsThatNeedNoResult()
    {
        Assert.Null(await _reader.FindAsync(-1));
        Assert.Equal(["products"], _cache.TagsOf("product:-1"));
    }

    [Fact]
    public async Task Cancellation_OfCaller_IsNotInTheKeyAndNotHandedToTheLoader()
    {
        using var source = new CancellationTokenSource();
        await _reader.FindAsync(42, source.Token);
        await _reader.FindAsync(42, CancellationToken.None);

        Assert.Single(_origin.Calls);
        Assert.NotEqual(source.Token, _origin.LastToken);
        Assert.True(_origin.LastToken.CanBeCanceled);
    }

    [Fact]
    public async Task Batch_SomeCached_LoadsTheMissingInOneCall()
    {
        await _reader.FindAsync(2);
        var found = await _reader.FindManyAsync([1, 2, 3]);

        Assert.Equal([1, 2, 3], found.Keys.Order());
        Assert.Equal(["find 2", "many 1,3"], _origin.Calls);
        Assert.Equal(["category:tea", "products"], _cache.TagsOf("product:3"));
    }

    [Fact]
    public async Task Batch_WithAnotherParameter_HasItInEveryKey()
    {
        await _reader.PricedAsync([1, 2], "EUR", default);
        Assert.Equal(["price:EUR:1", "price:EUR:2"], _cache.Keys.Order());
        Assert.Equal(["currency:EUR", "category:EUR"], _cache.TagsOf("price:EUR:1"));
    }

    [Fact]
    public async Task TaskOfPage_WithMemberInKeyAndElementsInTags_IsCached()
    {
        var query = new Query("tea", null, Sort.Price);
        var page = await _reader.ListAsync(query);

        Assert.Same(page, await _reader.ListAsync(query with { }));
        var key = Assert.Single(_cache.Keys);
        Assert.Equal("product-list:tea%3A%25null%3APrice", key);
        Assert.Equal(["product-list", "category:tea", "product:1", "product:2"], _cache.TagsOf(key));
    }

    [Fact]
    public async Task DefaultArguments_LeftOut_GiveTheSameKeyAsWritten()
    {
        await _reader.SearchAsync("a:b");
        await _reader.SearchAsync("a:b", Sort.Price, 1);
        await _reader.SearchAsync(null, Sort.Name, null);
        Assert.Equal(["search:%null:Name:%null", "search:a%3Ab:Price:1"], _cache.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["search"], _cache.TagsOf("search:a%3Ab:Price:1"));
    }

    [Fact]
    public async Task NoParameters_ConstantKey_IsCached()
    {
        await _reader.CategoriesAsync(default);
        Assert.Equal(["categories:all"], _cache.Keys);
    }

    [Fact]
    public async Task ParameterNames_ThatTheGeneratedCodeUses_KeepTheirValues()
    {
        Assert.Equal("1234567", await _reader.OddAsync(1, 2, 3, 4, 5, 6, 7));
        Assert.Equal(["odd:1234567"], _cache.TagsOf("odd:1:2:3:4:5:6:7"));
    }

    [Fact]
    public async Task Overloads_WithTheirOwnKeys_AreCachedApart()
    {
        IProfileReader profiles = new CachedProfileReader(new ProfileReader(), _cache);
        Assert.Equal("profile 00000000-0000-0000-0000-000000000000", await profiles.FindAsync(Guid.Empty));
        Assert.Equal("profile of ann", await profiles.FindAsync("ann"));
        Assert.Equal(["user-profile-name:ann", "user-profile:00000000-0000-0000-0000-000000000000"], _cache.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task MembersWithoutAttributes_OfAllKinds_AreForwarded()
    {
        var raised = 0;
        _reader.Refreshed += (_, _) => raised++;
        _reader.Source = "elsewhere";

        Assert.Equal(7, _reader.Count());
        Assert.Equal(1, raised);
        Assert.Equal("elsewhere", _origin.Source);
        Assert.Equal(8, _reader[4]);
        Assert.True(_reader.TryFind(5, out var product));
        Assert.Equal(5, product!.Id);
        Assert.Null(_reader.Convert<string>(null));
        Assert.Equal(3, await new CachedProfileReaderProbe(_cache).CountAsync());
        Assert.Empty(_cache.Events);
    }

    /// <summary>Reaches an inherited member through the derived interface.</summary>
    private sealed class CachedProfileReaderProbe(RecordingCache cache)
    {
        private readonly IProfileReader _profiles = new CachedProfileReader(new ProfileReader(), cache);

        public ValueTask<int> CountAsync() => _profiles.CountAsync();
    }
}
