namespace HotShelf.Caching.Generators.Tests.Behaviour;

public enum Sort
{
    Name,
    Price,
}

public sealed record Product(int Id, string Category);

public sealed record Query(string? Category, string? Text, Sort Sort)
{
    public string CacheKey => CacheKeyText.Format($"{Category}:{Text}:{CacheKeyText.Name(Sort)}");
}

public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

public sealed record Written(bool IsDone, Product? Product);

[CachedService]
public interface IProductReader
{
    event EventHandler? Refreshed;

    string Source { get; set; }

    int this[int index] { get; }

    [Cached("product:{id}", Tags = ["category:{result.Category}", "products"])]
    ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken = default);

    [Cached("product:{ids}", Tags = ["category:{result.Category}", "products"])]
    ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken = default);

    [Cached("product-list:{query.CacheKey}", Tags = ["product-list", "category:{query.Category}", "product:{result.Items.Id}"])]
    Task<Page<Product>> ListAsync(Query query, CancellationToken cancellationToken = default);

    [Cached("search:{text}:{sort}:{page}", Tags = ["search"])]
    Task<Page<Product>> SearchAsync(string? text, Sort sort = Sort.Price, int? page = 1);

    [Cached("categories:all", Tags = ["categories"])]
    ValueTask<IReadOnlyList<string>> CategoriesAsync(CancellationToken cancellationToken);

    [Cached("price:{currency}:{ids}", Tags = ["currency:{currency}", "category:{result.Category}"])]
    Task<IReadOnlyDictionary<int, Product>> PricedAsync(IReadOnlyList<int> ids, string currency, CancellationToken cancellationToken);

#pragma warning disable CA1716 // A keyword as a name is what is tested.
    // Names that the generated code uses itself, and a keyword.
    [Cached("odd:{key}:{state}:{item}:{result}:{token}:{fill}:{class}", Tags = ["odd:{result}"])]
    ValueTask<string> OddAsync(int key, int state, int item, int result, int token, int fill, int @class);

#pragma warning restore CA1716

    int Count();

    bool TryFind(int id, out Product? product);

    T? Convert<T>(T? value);
}

[CachedService]
public interface IProfileReader : IProfileCounter
{
    [Cached("user-profile:{userId}")]
    ValueTask<string> FindAsync([PerUser] Guid userId);

    [Cached("user-profile-name:{name}")]
    ValueTask<string> FindAsync([PerUser] string name);
}

public interface IProfileCounter : IDisposable
{
    ValueTask<int> CountAsync();
}

[CachedService]
public interface IProductWriter
{
    [Invalidates("product:{product.Id}", Tags = ["category:{product.Category}", "category:{result.Category}", "product-list"])]
    Task<Product?> UpdateAsync(Product product, CancellationToken cancellationToken);

    [Invalidates("product:{id}", "price:EUR:{id}")]
    [Invalidates(Tags = ["product-list"])]
    ValueTask DeleteAsync(int id, CancellationToken cancellationToken);

    [Invalidates("product:{result.Product.Id}", Tags = ["listing:{result.Product.Category}"], When = "result.IsDone")]
    [Invalidates("attempts:{id}")]
    ValueTask<Written> TryUpdateAsync(int id);

    [Invalidates("product:{ids}", "price:{ids}", "list:{result}")]
    Task<IReadOnlyList<int>?> DeleteManyAsync<T>(IEnumerable<int>? ids, T reason)
        where T : class;
}
