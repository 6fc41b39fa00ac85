namespace HotShelf.Catalog;

/// <summary>What a process does to the database when it starts.</summary>
public sealed class CatalogSetupOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Catalog";

    /// <summary>
    /// True: missing schema scripts are applied. False: the process is not ready until the command <c>migrate</c> of the worker has applied them, so that
    /// its database user need not be allowed to change the schema.
    /// </summary>
    public bool ApplySchema { get; set; } = true;

    /// <summary>True: an empty database gets 10,000 sample products with their prices, and 1,000 profiles. Needs <see cref="ApplySchema"/>.</summary>
    public bool SampleData { get; set; }
}
