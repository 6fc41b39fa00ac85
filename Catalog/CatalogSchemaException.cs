namespace HotShelf.Catalog;

/// <summary>This build cannot bring the schema of the database up to date.</summary>
public sealed class CatalogSchemaException : Exception
{
    internal CatalogSchemaException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
