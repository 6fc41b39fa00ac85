namespace HotShelf.Catalog;

/// <summary>The database's schema is not one that this build can bring up to date.</summary>
public sealed class CatalogSchemaException : Exception
{
    internal CatalogSchemaException(string message)
        : base(message)
    {
    }
}
