using System.Diagnostics.Metrics;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HotShelf.Catalog.Tests;

[Collection(nameof(CatalogServer))]
public class WriterTests(CatalogServer server)
{
    private static readonly ProductInput s_input = new()
    {
        Sku = "TST-100",
        Name = "Bench",
        Description = "A bench.",
        Category = "garden",
        Price = 12.5m,
        Currency = "EUR",
        Tags = ["new"],
    };

    [PostgresFact]
    public async Task CreateProductAsync_NewSku_IsReadBack()
    {
        await using var catalog = await server.CreateAsync();
        var result = await catalog.Writer.CreateProductAsync(s_input);
        Assert.Equal(WriteStatus.Done, result.Status);
        Assert.Equal(10_001, result.Value!.Id);
        Assert.Equal(["garden", "_all"], result.Listings.AsEnumerable());
        Assert.Equal(10_001, Assert.Single(result.Products));
        var read = await catalog.Products.FindAsync(10_001);
        Assert.Equal(result.Value.Version, read!.Version);
        Assert.Equal(12.5m, read.Price);
        Assert.Equal(WriteStatus.Duplicate, (await catalog.Writer.CreateProductAsync(s_input)).Status);
    }

    [PostgresFact]
    public async Task CreateProductAsync_IdsTakenBySql_GoesOnBehindThem()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.ExecuteAsync("insert into products (id, sku, name, description, category) select id, 'BY-SQL-' || id, 'By SQL', '', 'garden' from generate_series(10001, 10100) id");
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => catalog.Writer.CreateProductAsync(s_input with { Sku = $"TST-{i:D3}" }).AsTask()));
        Assert.All(results, result => Assert.Equal(WriteStatus.Done, result.Status));
        Assert.All(results, result => Assert.InRange(result.Value!.Id, 10_101, 10_200));
        Assert.Equal(WriteStatus.Duplicate, (await catalog.Writer.CreateProductAsync(s_input with { Sku = "BY-SQL-10001" })).Status);
    }

    [PostgresFact]
    public async Task UpdateProductAsync_ExpectedVersion_DecidesConflict()
    {
        await using var catalog = await server.CreateAsync();
        var before = (await catalog.Products.FindAsync(6))!;
        await catalog.ExecuteAsync("update prices set amount = amount + 1 where product_id = 6");
        var conflict = await catalog.Writer.UpdateProductAsync(6, s_input, WriteCondition.Version(before.Version));
        Assert.Equal(WriteStatus.Conflict, conflict.Status);
        var done = await catalog.Writer.UpdateProductAsync(6, s_input, WriteCondition.Version(conflict.CurrentVersion!.Value));
        Assert.Equal(WriteStatus.Done, done.Status);
        Assert.Equal(["_all", "garden", "home-audio"], done.Listings.Order(StringComparer.Ordinal));
        Assert.Empty(conflict.Listings);
        Assert.Equal("Bench", (await catalog.Products.FindAsync(6))!.Name);
        Assert.Equal(WriteStatus.NotFound, (await catalog.Writer.UpdateProductAsync(99_999, s_input)).Status);
        Assert.Equal(WriteStatus.Duplicate, (await catalog.Writer.UpdateProductAsync(7, s_input)).Status);
    }

    [PostgresFact]
    public async Task UpdateProductAsync_ExpectedVersion_TakesTwoRoundTripsAndTheCommit()
    {
        await using var catalog = await server.CreateAsync();
        var version = (await catalog.Products.FindAsync(9))!.Version;
        var meters = catalog.Services.GetRequiredService<IMeterFactory>();
        var queries = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument is { Meter.Name: CatalogMetrics.MeterName } && instrument.Meter.Scope == meters)
                    listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref queries, value));
        listener.Start();

        Assert.Equal(WriteStatus.Done, (await catalog.Writer.UpdateProductAsync(9, s_input, WriteCondition.Version(version))).Status);

        Assert.Equal(2, queries);
    }

    [PostgresFact]
    public async Task UpdateProductAsync_ManyAtOnceOnOneVersion_OneWins()
    {
        await using var catalog = await server.CreateAsync();
        var version = (await catalog.Products.FindAsync(8))!.Version;
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            catalog.Writer.SetPriceAsync(8, new PriceInput { Amount = 100 + i, Currency = "EUR" }, WriteCondition.Version(version)).AsTask()));
        Assert.Equal(1, results.Count(result => result.Status == WriteStatus.Done));
        Assert.Equal(15, results.Count(result => result.Status == WriteStatus.Conflict));
    }

    [PostgresFact]
    public async Task UpdateProductAsync_PriceChangedBySqlMeanwhile_IsAConflict()
    {
        await using var catalog = await server.CreateAsync();
        var version = (await catalog.Products.FindAsync(11))!.Version;
        await using var connection = await catalog.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("update prices set amount = amount + 1 where product_id = 11", connection, transaction))
            await command.ExecuteNonQueryAsync();
        var writing = catalog.Writer.UpdateProductAsync(11, s_input, WriteCondition.Version(version)).AsTask();
        await Until.TrueAsync(async () => await catalog.ScalarAsync<long>("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") > 0, "the writer waits for the price");
        await transaction.CommitAsync();
        Assert.Equal(WriteStatus.Conflict, (await writing).Status);
    }

    [PostgresFact]
    public async Task SetPriceAsync_WithoutCurrency_KeepsTheStoredOne()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.ExecuteAsync("update prices set currency = 'CHF' where product_id = 12");
        Assert.Equal("CHF", (await catalog.Writer.SetPriceAsync(12, new PriceInput { Amount = 20 })).Value!.Currency);
    }

    [PostgresFact]
    public async Task DeleteProductAsync_Existing_RemovesPriceToo()
    {
        await using var catalog = await server.CreateAsync();
        var deleted = await catalog.Writer.DeleteProductAsync(9);
        Assert.Equal(9, deleted.Value!.Id);
        Assert.Null(await catalog.Products.FindAsync(9));
        Assert.Null(await catalog.Prices.FindAsync(9));
        Assert.Equal(WriteStatus.NotFound, (await catalog.Writer.DeleteProductAsync(9)).Status);
    }

    [PostgresFact]
    public async Task SaveProfileAsync_NewAndExisting_IsReadBack()
    {
        await using var catalog = await server.CreateAsync();
        var input = new ProfileInput { DisplayName = "N", Email = "n@example.com", Locale = "de-CH", FavouriteCategories = ["garden"] };
        Assert.Equal(WriteStatus.Conflict, (await catalog.Writer.SaveProfileAsync("nobody", input, WriteCondition.Version(7))).Status);
        var created = await catalog.Writer.SaveProfileAsync("nobody", input);
        var changed = await catalog.Writer.SaveProfileAsync("nobody", input with { Locale = "fr" }, WriteCondition.Version(created.Value!.Version));
        Assert.Equal(WriteStatus.Done, changed.Status);
        Assert.Equal(WriteStatus.Conflict, (await catalog.Writer.SaveProfileAsync("nobody", input, WriteCondition.Version(created.Value.Version))).Status);
        Assert.Equal("fr", (await catalog.Profiles.FindAsync("nobody"))!.Locale);
    }

    [PostgresFact]
    public async Task Validate_WhatItAccepts_TheDatabaseAcceptsToo()
    {
        await using var catalog = await server.CreateAsync();
        var largest = new ProductInput
        {
            Sku = new string('Z', 32),
            Name = new string('n', CatalogRules.MaximumNameLength),
            Description = new string('d', CatalogRules.MaximumDescriptionLength),
            Category = new string('c', CatalogRules.MaximumCategoryLength),
            Price = CatalogRules.MaximumPrice,
            Currency = "XXX",
            Tags = [.. Enumerable.Range(0, CatalogRules.MaximumTags).Select(i => new string((char)('a' + i), CatalogRules.MaximumTagLength))],
        };
        Assert.Empty(CatalogRules.Validate(largest));
        Assert.Equal(WriteStatus.Done, (await catalog.Writer.CreateProductAsync(largest)).Status);
        var emoji = s_input with { Name = "Stuhl 🪑 für zwei", Tags = default };
        Assert.Equal(WriteStatus.Done, (await catalog.Writer.CreateProductAsync(emoji)).Status);
        foreach (var wrong in (ProductInput[])[new(), s_input with { Price = -1 }, s_input with { Price = 0.001m }, s_input with { Name = "a\0b" }, s_input with { Name = "\ud800" },
            s_input with { Category = "Garden" }, s_input with { Currency = "euro" }, s_input with { Tags = [""] }, s_input with { Tags = [null!] }, s_input with { Sku = "a" }])
        {
            Assert.NotEmpty(CatalogRules.Validate(wrong));
            await Assert.ThrowsAsync<ArgumentException>(async () => await catalog.Writer.CreateProductAsync(wrong));
        }
    }
}
