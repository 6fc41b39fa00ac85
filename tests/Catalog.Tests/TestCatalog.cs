using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HotShelf.Catalog.Tests;

/// <summary>The catalog over one database, as <c>AddCatalog</c> registers it.</summary>
public sealed class TestCatalog : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public TestCatalog(string connectionString, Action<IServiceCollection>? configure = null)
    {
        DataSource = NpgsqlDataSource.Create(connectionString);
        var services = new ServiceCollection().AddLogging().AddSingleton(DataSource).AddCatalog().Configure<CatalogSetupOptions>(setup => setup.SampleData = true);
        configure?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public NpgsqlDataSource DataSource { get; }

    public IServiceProvider Services => _services;

    public ICatalogInitializer Initializer => _services.GetRequiredService<ICatalogInitializer>();

    public IProductReader Products => _services.GetRequiredKeyedService<IProductReader>(CatalogServiceCollectionExtensions.Uncached);

    public IPriceReader Prices => _services.GetRequiredKeyedService<IPriceReader>(CatalogServiceCollectionExtensions.Uncached);

    public IProfileReader Profiles => _services.GetRequiredKeyedService<IProfileReader>(CatalogServiceCollectionExtensions.Uncached);

    public ICatalogWriter Writer => _services.GetRequiredKeyedService<ICatalogWriter>(CatalogServiceCollectionExtensions.Uncached);

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await DataSource.DisposeAsync();
    }
}
