using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Catalog.Tests;

[Collection(nameof(CatalogServer))]
public class ChangeFeedTests(CatalogServer server)
{
    private const string NewProduct = "insert into products (sku, name, description, category) values ('TST-1', 'Test', 'Text', 'garden')";

    // Product 6 + 20n is of category home-audio, 11 + 20n of garden: see SeedCategory.All.
    [PostgresTheory]
    [InlineData("update products set name = name || '!' where id = 11", "product-list|-|listing:garden,listing:_all", "product|product:11")]
    [InlineData("update products set category = 'tools' where id = 11", "product-list|-|listing:garden,listing:tools,listing:_all", "product|product:11")]
    [InlineData("update products set id = 20011 where id = 11", "price|price:11", "price|price:20011", "product-list|-|listing:garden,listing:_all", "product-list|-|listing:garden,listing:_all", "product|product:11", "product|product:11", "product|product:20011", "product|product:20011")]
    [InlineData("delete from products where id in (6, 11)", "price|price:11", "price|price:6", "product-list|-|listing:garden,listing:home-audio,listing:_all", "product|product:11", "product|product:6")]
    [InlineData("update prices set amount = amount + 1 where product_id = 11", "price|price:11", "product-list|-|listing:garden,listing:_all", "product|product:11")]
    [InlineData("delete from prices where product_id = 11", "price|price:11", "product-list|-|listing:garden,listing:_all", "product|product:11")]
    [InlineData("insert into user_profiles values ('new', 'New', 'n@example.com', 'de')", "user-profile|user-profile:new")]
    [InlineData("update user_profiles set display_name = 'X' where user_id in ('u0001', 'u0002')", "user-profile|user-profile:u0001", "user-profile|user-profile:u0002")]
    [InlineData("delete from user_profiles where user_id = 'u0001'", "user-profile|user-profile:u0001")]
    [InlineData("truncate user_profiles", "user-profile|-")]
    [InlineData("truncate prices", "price|-", "product-list|-", "product|-")]
    [InlineData("insert into prices values (11, 5, 'EUR') on conflict (product_id) do update set amount = 5", "price|price:11", "product-list|-|listing:garden,listing:_all", "product|product:11")]
    // Nothing changes, so nothing is written.
    [InlineData("update products set name = name, tags = tags")]
    [InlineData("update prices set amount = amount")]
    [InlineData("update user_profiles set locale = locale")]
    [InlineData("update products set name = 'x' where id = -1")]
    [InlineData("delete from products where false")]
    [InlineData("insert into prices select * from prices where product_id = 11 on conflict do nothing")]
    public async Task Change_OfAnyStatement_LeavesWhatItMakesStale(string statement, params string[] expected)
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        await catalog.ExecuteAsync(statement);
        Assert.Equal(expected, Tidy(await catalog.TakeOutboxAsync()));
    }

    [PostgresFact]
    public async Task Insert_OfProductAndPrice_LeavesBoth()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        await catalog.ExecuteAsync(NewProduct);
        Assert.Equal(["product-list|-|listing:garden,listing:_all", "product|product:10001"], Tidy(await catalog.TakeOutboxAsync()));
        await catalog.ExecuteAsync("insert into prices values (10001, 9.99, 'EUR')");
        Assert.Equal(["price|price:10001", "product-list|-|listing:garden,listing:_all", "product|product:10001"], Tidy(await catalog.TakeOutboxAsync()));
        Assert.Equal(9.99m, (await catalog.Products.FindAsync(10_001))!.Price);
    }

    [PostgresFact]
    public async Task Truncate_OfProductsCascading_LeavesFamilies()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        await catalog.ExecuteAsync("truncate products cascade");
        Assert.Equal(["price|-", "product-list|-", "product|-"], Tidy(await catalog.TakeOutboxAsync()).Distinct());
    }

    [PostgresFact]
    public async Task Copy_OfProducts_LeavesEachAndTheirLists()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        await using var connection = await catalog.DataSource.OpenConnectionAsync();
        await using (var copy = await connection.BeginTextImportAsync("copy products (id, sku, name, description, category) from stdin"))
            await copy.WriteAsync("30001\tCPY-1\tOne\tText\tgarden\n30002\tCPY-2\tTwo\tText\ttools\n");
        Assert.Equal(["product-list|-|listing:garden,listing:tools,listing:_all", "product|product:30001", "product|product:30002"], Tidy(await catalog.TakeOutboxAsync()));
    }

    [PostgresFact]
    public async Task Update_Of5000Rows_LeavesEachOnceAndTagsOnce()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        await catalog.ExecuteAsync("update products set description = description || '.' where id <= 5000");
        var rows = Tidy(await catalog.TakeOutboxAsync());
        Assert.Equal(5001, rows.Count);
        Assert.Equal(5000, rows.Count(row => row.StartsWith("product|product:", StringComparison.Ordinal)));
        Assert.Equal(21, Assert.Single(rows, row => row.StartsWith("product-list", StringComparison.Ordinal)).Split(',').Length);
        await catalog.ExecuteAsync("update prices set amount = amount + 1 where product_id <= 5000");
        Assert.Equal(10_001, (await catalog.TakeOutboxAsync()).Count);
    }

    [PostgresFact]
    public async Task Change_RolledBack_LeavesNothing()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        await using (var connection = await catalog.DataSource.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand("delete from products", connection, transaction);
            Assert.Equal(10_000, await command.ExecuteNonQueryAsync());
            await transaction.RollbackAsync();
        }

        Assert.Empty(await catalog.TakeOutboxAsync());
    }

    [PostgresFact]
    public async Task Change_Committed_NotifiesOncePerTransactionAndNotForNothing()
    {
        await using var catalog = await server.CreateAsync();
        await using var listener = await catalog.DataSource.OpenConnectionAsync();
        var heard = 0;
        listener.Notification += (_, _) => heard++;
        await using (var listen = new NpgsqlCommand("listen cache_outbox", listener))
            await listen.ExecuteNonQueryAsync();
        await catalog.ExecuteAsync("update products set name = name");
        await catalog.ExecuteAsync("update products set name = name || '!' where id < 100; update prices set amount = 7 where product_id = 5");
        await listener.WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        Assert.False(await listener.WaitAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None));
        Assert.Equal(1, heard);
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

    private static List<string> Tidy(List<string> rows) => [.. rows.Select(row => row.TrimEnd('|'))];
}
