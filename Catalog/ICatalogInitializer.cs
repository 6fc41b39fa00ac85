namespace HotShelf.Catalog;

/// <summary>Brings a database to the state this build needs: schema and first data.</summary>
public interface ICatalogInitializer
{
    /// <summary>
    /// Waits until the database answers, then applies the schema scripts that are missing and, the first time, the seed data. Any number of
    /// processes may call it at once: one works, the others wait for it and find all done.
    /// </summary>
    /// <exception cref="CatalogSchemaException">A script that was applied has changed since.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database refuses: wrong password, missing right, broken script.</exception>
    Task InitializeAsync(CancellationToken cancellationToken = default);
}
