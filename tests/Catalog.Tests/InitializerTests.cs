using System.Diagnostics;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Catalog.Tests;

[Collection(nameof(CatalogServer))]
public class InitializerTests(CatalogServer server)
{
    private const string Scripts = "select array_agg(name || ' ' || checksum order by name) from schema_scripts";

    [PostgresFact]
    public async Task InitializeAsync_TwoAtOnce_ApplyAndSeedOnce()
    {
        await using var first = await server.CreateEmptyAsync();
        await using var second = new TestCatalog(first.DataSource.ConnectionString);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(first.Initializer.InitializeAsync(), second.Initializer.InitializeAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"seeding took {watch.Elapsed}");
        Assert.Equal(10_000, await first.ScalarAsync<long>("select count(*) from products"));
        Assert.Equal(1_000, await first.ScalarAsync<long>("select count(*) from user_profiles"));
        Assert.True(await first.ScalarAsync<long>("select count(*) from price_history") > 20_000);
        Assert.Equal(20, await first.ScalarAsync<long>("select count(distinct category) from products"));
        // Of the first edition's change feed nothing is left: no table, and no trigger that writers wait for except those of versions and of the history.
        Assert.Equal(0, await first.ScalarAsync<long>("select count(*) from pg_class where relname like 'cache_outbox%'"));
        Assert.Equal(["prices_inserted", "prices_stamp", "prices_updated", "products_stamp", "user_profiles_stamp"],
            await first.ScalarAsync<string[]>("select array_agg(tgname::text order by tgname::text) from pg_trigger where not tgisinternal"));
    }

    [PostgresFact]
    public async Task InitializeAsync_Again_KeepsWhatWasChangedSince()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.ExecuteAsync("truncate products cascade");
        await catalog.Initializer.InitializeAsync();
        Assert.Equal(0, await catalog.ScalarAsync<long>("select count(*) from products"));
        // The lock is free again.
        Assert.True(await catalog.ScalarAsync<bool>("select not exists (select from pg_locks where locktype = 'advisory')"));
    }

    [PostgresFact]
    public async Task InitializeAsync_ChangedScript_SaysWhich()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.ExecuteAsync("update schema_scripts set checksum = 'deadbeef00' where name = '001_catalog.sql'");
        var failure = await Assert.ThrowsAsync<CatalogSchemaException>(() => catalog.Initializer.InitializeAsync());
        Assert.Contains("001_catalog.sql", failure.Message, StringComparison.Ordinal);
        Assert.Contains("deadbeef", failure.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task InitializeAsync_SampleDataNotAskedFor_LeavesTheTablesEmpty()
    {
        await using var empty = await server.CreateEmptyAsync();
        await using var catalog = new TestCatalog(empty.DataSource.ConnectionString, services => services.Configure<CatalogSetupOptions>(setup => setup.SampleData = false));
        await catalog.Initializer.InitializeAsync();
        Assert.Equal(0, await catalog.ScalarAsync<long>("select (select count(*) from products) + (select count(*) from user_profiles)"));
        // It can be asked for later.
        await empty.Initializer.InitializeAsync();
        Assert.Equal(10_000, await catalog.ScalarAsync<long>("select count(*) from products"));
    }

    [PostgresFact]
    public async Task InitializeAsync_SampleDataAskedForBesideOwnProducts_AddsNone()
    {
        await using var empty = await server.CreateEmptyAsync();
        await using var catalog = new TestCatalog(empty.DataSource.ConnectionString, services => services.Configure<CatalogSetupOptions>(setup => setup.SampleData = false));
        await catalog.Initializer.InitializeAsync();
        await catalog.ExecuteAsync("insert into products (sku, name, description, category) values ('OWN-1', 'Own', 'Own', 'garden')");
        await empty.Initializer.InitializeAsync();
        Assert.Equal(1, await catalog.ScalarAsync<long>("select count(*) from products"));
    }

    [PostgresFact]
    public async Task InitializeAsync_MayNotApplySchema_WaitsForAnother()
    {
        await using var owner = await server.CreateEmptyAsync();
        await using var service = new TestCatalog(owner.DataSource.ConnectionString, services => services.Configure<CatalogSetupOptions>(setup => setup.ApplySchema = false));
        var waiting = service.Initializer.InitializeAsync();
        await Until.TrueAsync(async () => await owner.ScalarAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and query like '%from schema_scripts' and pid <> pg_backend_pid())"));
        Assert.False(waiting.IsCompleted);
        await owner.Initializer.InitializeAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>A script takes locks on several tables; a writer that holds one of them and wants another must neither fail nor make the script fail.</summary>
    [PostgresFact]
    public async Task InitializeAsync_WriterThatHoldsALaterTable_YieldsToIt()
    {
        await using var catalog = await server.CreateAsync();
        // 006_warming.sql drops three tables, in this order.
        await catalog.ExecuteAsync("delete from schema_scripts where name = '006_warming.sql'; create table cache_warm_requests (); create table cache_popularity (); create table cache_popularity_saved ()");
        await using var writer = await catalog.DataSource.OpenConnectionAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await WriteAsync("cache_popularity_saved");
        var initializing = catalog.Initializer.InitializeAsync();
        await Until.TrueAsync(async () => await catalog.ScalarAsync<bool>("select exists (select from pg_locks where relation = 'cache_popularity_saved'::regclass and not granted)"));
        await WriteAsync("cache_warm_requests");
        Assert.False(initializing.IsCompleted);
        await transaction.CommitAsync();
        await initializing.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, await catalog.ScalarAsync<long>("select count(*) from pg_class where relname like 'cache_%'"));

        async Task WriteAsync(string table)
        {
            await using var command = new Npgsql.NpgsqlCommand($"insert into {table} default values", writer, transaction);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>What 007_search_tags.sql finds after the restore of a backup from before it: the tables of then, and its function, which no backup of then can remove.</summary>
    [PostgresFact]
    public async Task InitializeAsync_BackupFromBeforeSearchTags_IsAsAfterAFreshOne()
    {
        await using var fresh = await server.CreateAsync();
        await using var restored = await server.CreateAsync();
        await restored.ExecuteAsync("""
            alter table products drop column search;
            alter table products add column search tsvector generated always as (
                setweight(to_tsvector('english', name), 'A') || setweight(array_to_tsvector(tags), 'B') || setweight(to_tsvector('english', description), 'C')) stored;
            create index products_by_text on products using gin (search);
            delete from schema_scripts where name = '007_search_tags.sql';
            """);
        Assert.Equal(0, await FindAsync(restored));
        Assert.NotEqual(await SchemaAsync(fresh), await SchemaAsync(restored));

        await restored.Initializer.InitializeAsync();
        Assert.True(await FindAsync(fresh) > 20);
        Assert.Equal(await FindAsync(fresh), await FindAsync(restored));
        Assert.Equal(await SchemaAsync(fresh), await SchemaAsync(restored));
        Assert.Equal(await fresh.ScalarAsync<string[]>(Scripts), await restored.ScalarAsync<string[]>(Scripts));

        // A tag whose stem differs from it.
        static async Task<long?> FindAsync(TestCatalog catalog)
        {
            Assert.True(ProductQuery.TryCreate(null, "handmade", null, null, null, 100, out var query, out _));
            return (await catalog.Products.ListAsync(query)).Total;
        }

        static Task<string[]> SchemaAsync(TestCatalog catalog) => catalog.ScalarAsync<string[]>("""
            select array_agg(part order by part) from (
                select format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) as part
                    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum where attrelid = 'products'::regclass and attnum > 0 and not attisdropped
                union all select indexdef from pg_indexes where tablename = 'products'
                union all select pg_get_functiondef(oid) from pg_proc where proname = 'tags_text') as parts
            """);
    }

    [PostgresFact]
    public async Task InitializeAsync_ServerNotUpYet_WaitsForIt()
    {
        await using var late = await PostgresServer.StartAsync();
        await late.KillAsync();
        await using var catalog = new TestCatalog(late.ConnectionString);
        var initializing = catalog.Initializer.InitializeAsync();
        Assert.False(initializing.IsCompleted);
        await late.RestartAsync();
        await initializing.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.NotNull(await catalog.Products.FindAsync(1));
    }

    [PostgresFact]
    public async Task InitializeAsync_ConnectionLostWhileSeeding_BeginsAgain()
    {
        await using var catalog = await server.CreateEmptyAsync();
        var initializing = catalog.Initializer.InitializeAsync();
        await Until.TrueAsync(async () => await catalog.ScalarAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and query ilike 'copy products%')"));
        await catalog.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'copy products%' and pid <> pg_backend_pid()");
        await initializing;
        Assert.Equal(10_000, await catalog.ScalarAsync<long>("select count(*) from products"));
    }
}
