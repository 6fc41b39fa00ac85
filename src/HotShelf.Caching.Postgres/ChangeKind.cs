namespace HotShelf.Caching.Postgres;

/// <summary>What happened to a row.</summary>
public enum ChangeKind
{
    /// <summary>The row is new (INSERT, COPY).</summary>
    Insert,

    /// <summary>The row has new values.</summary>
    Update,

    /// <summary>The row is gone.</summary>
    Delete,
}
