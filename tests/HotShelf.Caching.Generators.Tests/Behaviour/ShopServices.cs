namespace HotShelf.Caching.Generators.Tests.Behaviour;

/// <summary>The origin: counts its calls.</summary>
public sealed class ProductReader : IProductReader
{
    public event EventHandler? Refreshed;

    public List<string> Calls { get; } = [];

    public string Source { get; set; } = "origin";

    public int this[int index] => index * 2;

    public CancellationToken LastToken { get; private set; }

    public ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken = default)
    {
        Calls.Add($"find {id}");
        LastToken = cancellationToken;
        return new(id < 0 ? null : new Product(id, "tea"));
    }

    public ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken = default)
    {
        Calls.Add($"many {string.Join(',', ids)}");
        return new(ids.ToDictionary(id => id, id => new Product(id, "tea")));
    }

    public Task<Page<Product>> ListAsync(Query query, CancellationToken cancellationToken = default) =>
        Task.FromResult(new Page<Product>([new Product(1, "tea"), new Product(2, "tea")], null));

    public Task<Page<Product>> SearchAsync(string? text, Sort sort = Sort.Price, int? page = 1) => Task.FromResult(new Page<Product>([], text));

    public ValueTask<IReadOnlyList<string>> CategoriesAsync(CancellationToken cancellationToken) => new(["tea"]);

    public Task<IReadOnlyDictionary<int, Product>> PricedAsync(IReadOnlyList<int> ids, string currency, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<int, Product>>(ids.ToDictionary(id => id, id => new Product(id, currency)));

    public ValueTask<string> OddAsync(int key, int state, int item, int result, int token, int fill, int @class) => new($"{key}{state}{item}{result}{token}{fill}{@class}");

    public int Count()
    {
        Refreshed?.Invoke(this, EventArgs.Empty);
        return 7;
    }

    public bool TryFind(int id, out Product? product)
    {
        product = new Product(id, "tea");
        return true;
    }

    public T? Convert<T>(T? value) => value;
}

public sealed class ProfileReader : IProfileReader
{
    public bool IsDisposed { get; private set; }

    public ValueTask<string> FindAsync(Guid userId) => new($"profile {userId}");

    public ValueTask<string> FindAsync(string name) => new($"profile of {name}");

    public ValueTask<int> CountAsync() => new(3);

    public void Dispose() => IsDisposed = true;
}

public sealed class ProductWriter(List<string> events) : IProductWriter
{
    public bool Fails { get; set; }

    public async Task<Product?> UpdateAsync(Product product, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Fails)
            throw new InvalidOperationException("refused");
        events.Add("write");
        return product.Id < 0 ? null : product with { Category = "coffee" };
    }

    public ValueTask DeleteAsync(int id, CancellationToken cancellationToken)
    {
        events.Add("write");
        return default;
    }

    public ValueTask<Written> TryUpdateAsync(int id)
    {
        events.Add("write");
        return new(new Written(!Fails, Fails ? null : new Product(id, "tea")));
    }

    public Task<IReadOnlyList<int>?> DeleteManyAsync<T>(IEnumerable<int>? ids, T reason)
        where T : class
    {
        events.Add("write");
        return Task.FromResult<IReadOnlyList<int>?>(ids is null ? null : [.. ids.Select(id => id * 10)]);
    }
}
