namespace HotShelf.Catalog;

/// <summary>Brings a database to the state this build needs.</summary>
public interface ICatalogInitializer
{
    /// <summary>
    /// Waits until the database answers, then applies the schema scripts that are missing, and adds sample data where that is asked for
    /// (<see cref="CatalogSetupOptions"/>). Any number of processes may call it at once: one works, the others wait for it and find all done.
    /// </summary>
    /// <exception cref="CatalogSchemaException">A script that was applied has changed since, or the user may not change the schema.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database refuses: wrong password, broken script.</exception>
    Task InitializeAsync(CancellationToken cancellationToken = default);
}
