// What the documents' code takes for granted: the blocks are compiled in a class derived from one of these. Compiled in the project that DocumentTests makes, not here.
#pragma warning disable CS8618, CS0169, CS0649, IDE1006

using System.Buffers;
using HotShelf.Caching;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

public sealed record Product(int Id, string Category, int Version, bool IsDiscontinued);

public sealed record Cart(int[] ProductIds);

public sealed record Session(string UserId);

public sealed class ProductSerializer : IHybridCacheSerializer<Product>
{
    public Product Deserialize(ReadOnlySequence<byte> source) => throw new NotSupportedException();

    public void Serialize(Product value, IBufferWriter<byte> target) => throw new NotSupportedException();
}

public static class Shop
{
    public static ValueTask<Product> FindAsync(int id, CancellationToken token) => throw new NotSupportedException();

    public static ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken token) => throw new NotSupportedException();

    public static ValueTask<int> VersionAsync(int id, CancellationToken token) => throw new NotSupportedException();

    public static Task<Product[]> PageAsync(int page) => throw new NotSupportedException();

    public static ValueTask<string> ReportAsync(int id, CancellationToken token) => throw new NotSupportedException();
}

public abstract class Context
{
    protected static readonly TimeSpan minutes = TimeSpan.FromMinutes(5), seconds = TimeSpan.FromSeconds(30), hours = TimeSpan.FromHours(1), soft = seconds, hard = minutes;
    protected static IServiceCollection services;
    protected static WebApplicationBuilder builder;
    protected static WebApplication app;
    protected static string connectionString, redis, userId, token;
    protected static string[] args;
    protected static int id;
    protected static Product product;
    protected static CachePolicy policy;
}

/// <summary>The readmes and recipes, and the new calls of the guides.</summary>
public abstract class HotShelfContext : Context
{
    protected static HybridCache cache;
}

/// <summary>The old calls of docs/migrating.md.</summary>
public abstract class HybridCacheContext : HotShelfContext;

/// <summary>The old calls of docs/migrating.md.</summary>
public abstract class FusionCacheContext : Context
{
    protected static IFusionCache cache;
    protected static IFusionCacheProvider provider;
    protected static FusionCacheEntryOptions options;
}

/// <summary>The pages about Aspire's hosting.</summary>
public abstract class AppHostContext
{
    protected static Aspire.Hosting.IDistributedApplicationBuilder builder;
}

namespace docs_declarative_caching_md
{
    internal sealed class PostgresProductReader : IProductReader
    {
        public ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    internal sealed class PostgresProductWriter : IProductWriter
    {
        public Task<Product> UpdateAsync(Product product, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
