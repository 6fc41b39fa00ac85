using System.Collections.Concurrent;
using HotShelf.Caching;
using HotShelf.Caching.Postgres;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotShelf.Catalog.Tests;

[Collection(nameof(CatalogServer))]
public class ChangeFeedTests(CatalogServer server)
{
    private static readonly string[] s_listings = ["garden", "tools", "home-audio", "_all"];

    // Product 6 + 20n is of category home-audio, 11 + 20n of garden: see SeedCategory.All. The last of each line: the listings that are stale.
    private static readonly (string Statement, string Keys, string Listings)[] s_changes =
    [
        ("update products set name = name || '!' where id = 11", "price:11 product:11", "_all garden"),
        ("update products set category = 'tools' where id = 11", "price:11 product:11", "_all garden tools"),
        ("update products set id = 20011 where id = 31", "price:20011 price:31 product:20011 product:31", "_all garden"),
        ("delete from products where id in (6, 51)", "price:51 price:6 product:51 product:6", "_all garden home-audio"),
        ("update prices set amount = amount + 1 where product_id = 71", "price:71 product:71", "_all garden"),
        ("delete from prices where product_id = 91", "price:91 product:91", "_all garden"),
        ("update prices set product_id = 91 where product_id = 26", "price:26 price:91 product:26 product:91", "_all garden home-audio"),
        ("insert into prices values (26, 5, 'EUR')", "price:26 product:26", "_all home-audio"),
        ("insert into prices values (91, 5, 'EUR') on conflict (product_id) do update set amount = 6", "price:91 product:91", "_all garden"),
        ("insert into products (id, sku, name, description, category) values (30000, 'TST-1', 'Test', 'Text', 'garden')", "price:30000 product:30000", "_all garden"),
        ("insert into user_profiles values ('new', 'New', 'n@example.com', 'de')", "user-profile:new", ""),
        ("update user_profiles set display_name = 'X' where user_id in ('u0001', 'u0002')", "user-profile:u0001 user-profile:u0002", ""),
        ("update user_profiles set user_id = 'renamed' where user_id = 'u0003'", "user-profile:renamed user-profile:u0003", ""),
        ("delete from user_profiles where user_id = 'u0001'", "user-profile:u0001", ""),
    ];

    [PostgresFact]
    public async Task Change_OfAnyStatement_RemovesWhatItMakesStale()
    {
        await using var catalog = await server.CreateAsync();
        await using var feed = await Feed.StartAsync(catalog);
        foreach (var (statement, keys, listings) in s_changes)
        {
            foreach (var listing in s_listings)
                await feed.Cache.SetAsync($"product-list:{listing}", "list", tags: [CatalogCacheKeys.Listing(listing)]);
            feed.Removed.Clear();
            await catalog.ExecuteAsync(statement);
            await Until.TrueAsync(() => feed.Removed.Count >= keys.Split(' ').Length, () => $"{statement}: {string.Join(' ', feed.Removed)}");
            Assert.Equal(keys, string.Join(' ', feed.Removed.Distinct().Order(StringComparer.Ordinal)));
            var gone = new List<string>();
            foreach (var listing in s_listings)
            {
                if (!(await feed.Cache.TryGetAsync<string>($"product-list:{listing}")).Found)
                    gone.Add(listing);
            }

            Assert.Equal(listings, string.Join(' ', gone.Order(StringComparer.Ordinal)));
        }
    }

    [PostgresFact]
    public async Task Truncate_OfProductsCascading_RemovesTheFamilies()
    {
        await using var catalog = await server.CreateAsync();
        await using var feed = await Feed.StartAsync(catalog);
        string[] keys = ["product:1", "price:1", "product-list:c.garden~p.1~n.20", "user-profile:u0001"];
        foreach (var key in keys)
            await feed.Cache.SetAsync(key, "value");
        await catalog.ExecuteAsync("truncate products cascade");
        foreach (var key in keys[..3])
            await Until.TrueAsync(async () => !(await feed.Cache.TryGetAsync<string>(key)).Found);
        Assert.True((await feed.Cache.TryGetAsync<string>(keys[3])).Found);
    }

    [PostgresFact]
    public async Task Change_ByHand_MovesVersionTimeAndHistory()
    {
        await using var catalog = await server.CreateAsync();
        var before = (await catalog.Products.FindAsync(42))!;
        var history = await catalog.ScalarAsync<long>("select count(*) from price_history where product_id = 42");
        await catalog.ExecuteAsync("update prices set amount = 1234.56 where product_id = 42");
        var priced = (await catalog.Products.FindAsync(42))!;
        Assert.True(priced.Version > before.Version);
        Assert.Equal(before.UpdatedAt, priced.UpdatedAt);
        Assert.True((await catalog.Prices.FindAsync(42))!.AsOf > before.UpdatedAt);
        Assert.Equal(history + 1, await catalog.ScalarAsync<long>("select count(*) from price_history where product_id = 42"));
        await catalog.ExecuteAsync("update products set name = 'Other', version = 1 where id = 42");
        var renamed = (await catalog.Products.FindAsync(42))!;
        Assert.True(renamed.Version > priced.Version);
        Assert.True(renamed.UpdatedAt > before.UpdatedAt);
        // A price that is removed and comes back must not bring an old version back.
        await catalog.ExecuteAsync("delete from prices where product_id = 42; insert into prices values (42, 1234.56, 'EUR')");
        Assert.True((await catalog.Products.FindAsync(42))!.Version > renamed.Version);
    }

    private sealed class Feed : IAsyncDisposable, IChangeFeedObserver
    {
        private readonly IHost _host;

        private Feed(TestCatalog catalog)
        {
            var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:productdb", catalog.DataSource.ConnectionString)]);
            builder.Services.AddSingleton(catalog.DataSource).AddCatalogSetup().AddHotShelfCaching(cache => cache.MemoryOnly = true).AddSingleton<IChangeFeedObserver>(this);
            builder.AddCatalogChangeFeed("productdb");
            _host = builder.Build();
        }

        public ConcurrentQueue<string> Removed { get; } = new();

        public HybridCache Cache => _host.Services.GetRequiredService<HybridCache>();

        public static async Task<Feed> StartAsync(TestCatalog catalog)
        {
            var feed = new Feed(catalog);
            await feed._host.StartAsync();
            await feed._host.Services.GetRequiredService<IChangeFeed>().CaughtUp.WaitAsync(TimeSpan.FromSeconds(30));
            return feed;
        }

        public void OnInvalidated(IReadOnlyCollection<string> keys)
        {
            foreach (var key in keys)
                Removed.Enqueue(key);
        }

        public async ValueTask DisposeAsync()
        {
            await _host.StopAsync();
            await ((IAsyncDisposable)_host).DisposeAsync();
        }
    }
}
