using Npgsql;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

/// <summary>
/// Every write locks the product's row before its price's, in that order everywhere, so two writers of one product queue up instead of
/// deadlocking, and the version they compare with is the one they replace.
/// </summary>
internal sealed partial class PostgresCatalogWriter(CatalogDatabase database) : ICatalogWriter
{
    private const string LockSql = "select id from products where id = $1 for no key update";
    private const string ReadSql = $"select {ProductColumns} from products p join prices r on r.product_id = p.id where p.id = $1";
    private const string LockPriceSql = $"{ReadSql} for no key update of r";
    private const string ReadPriceSql = $"select {PostgresPriceReader.Columns} from products p join prices r on r.product_id = p.id where p.id = $1";
    private const string InsertSql = """
        with product as (insert into products (sku, name, description, category, tags) values ($1, $2, $3, $4, $5) returning id)
        insert into prices (product_id, amount, currency) select id, $6, $7 from product returning product_id
        """;
    // Each step takes a number for good, so that several who do it at once never set the sequence back; that also takes no right beyond the one to insert.
    private const string PassNumbersSql = """
        with recursive step as (
            select nextval('products_id_seq') as id
            union all
            select nextval('products_id_seq') from step where id < (select max(id) from products))
        select max(id) from step
        """;
    private const string UpdateSql = "update products set sku = $2, name = $3, description = $4, category = $5, tags = $6 where id = $1";
    private const string DeleteSql = "delete from products where id = $1 returning id";
    private const string SavePriceSql = """
        insert into prices (product_id, amount, currency) values ($1, $2, $3)
        on conflict (product_id) do update set amount = excluded.amount, currency = excluded.currency
        """;

    public async ValueTask<WriteResult<Product>> CreateProductAsync(ProductInput input, CancellationToken cancellationToken = default)
    {
        Check(CatalogRules.Validate(input));
        try
        {
            return await InsertProductAsync(input, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException taken) when (taken is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: NumberConstraint })
        {
            // Products were loaded with their numbers, which the sequence does not know.
            await database.ReadAsync(QueryKinds.Write, PassNumbersSql, row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
            return await InsertProductAsync(input, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask<WriteResult<Product>> InsertProductAsync(ProductInput input, CancellationToken cancellationToken) =>
        WriteAsync<Product>(async write =>
        {
            var insert = Statement(
                InsertSql, Parameter(input.Sku!), Parameter(input.Name!), Parameter(input.Description!), Parameter(input.Category!), Parameter(Words(input.Tags)),
                Parameter(input.Price!.Value), Parameter(input.Currency!));
            var id = await write.FindAsync([insert, write.Mark], row => row.GetInt32(0)).ConfigureAwait(false);
            return Done(await write.FindProductAsync([Statement(ReadSql, Parameter(id))]).ConfigureAwait(false));
        }, cancellationToken);

    public ValueTask<WriteResult<Product>> UpdateProductAsync(int id, ProductInput input, WriteCondition condition = default, CancellationToken cancellationToken = default)
    {
        Check(CatalogRules.Validate(input));
        return ChangeAsync<Product>(id, condition, async (write, before) =>
        {
            var update = Statement(
                UpdateSql, Parameter(id), Parameter(input.Sku!), Parameter(input.Name!), Parameter(input.Description!), Parameter(input.Category!), Parameter(Words(input.Tags)));
            var savePrice = Statement(SavePriceSql, Parameter(id), Parameter(input.Price!.Value), Parameter(input.Currency!));
            return Done(await write.FindProductAsync([update, savePrice, Statement(ReadSql, Parameter(id)), write.Mark]).ConfigureAwait(false), before.Category);
        }, cancellationToken);
    }

    public ValueTask<WriteResult<Product>> DeleteProductAsync(int id, WriteCondition condition = default, CancellationToken cancellationToken = default) =>
        ChangeAsync<Product>(id, condition, async (write, before) =>
        {
            await write.FindAsync([Statement(DeleteSql, Parameter(id)), write.Mark], row => row.GetInt32(0)).ConfigureAwait(false);
            return Done(before) with { Version = 0 };
        }, cancellationToken);

    public ValueTask<WriteResult<CurrentPrice>> SetPriceAsync(int productId, PriceInput input, WriteCondition condition = default, CancellationToken cancellationToken = default)
    {
        Check(CatalogRules.Validate(input));
        return ChangeAsync<CurrentPrice>(productId, condition, async (write, before) =>
        {
            var savePrice = Statement(SavePriceSql, Parameter(productId), Parameter(input.Amount!.Value), Parameter(input.Currency ?? before.Currency));
            var price = (await write.FindAsync([savePrice, Statement(ReadPriceSql, Parameter(productId)), write.Mark], PostgresPriceReader.Read).ConfigureAwait(false))!;
            return new WriteResult<CurrentPrice>
            {
                Status = WriteStatus.Done,
                Value = price,
                Version = price.Version,
                Products = [productId],
                Listings = [before.Category, ProductQuery.AllCategories],
            };
        }, cancellationToken);
    }

    private static WriteResult<Product> Done(Product? product, string? previousCategory = null) => new()
    {
        Status = WriteStatus.Done,
        Value = product,
        Version = product!.Version,
        Products = [product.Id],
        Listings = previousCategory is null || previousCategory == product.Category
            ? [product.Category, ProductQuery.AllCategories]
            : [previousCategory, product.Category, ProductQuery.AllCategories],
    };

    private static string[] Words(System.Collections.Immutable.ImmutableArray<string>? words) => words is { IsDefault: false } some ? [.. some] : [];

    private static void Check(IDictionary<string, string[]> errors)
    {
        if (errors.Count > 0)
            throw new ArgumentException(string.Join("; ", errors.SelectMany(error => error.Value)));
    }
}
