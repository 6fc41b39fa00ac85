namespace HotShelf.Catalog;

/// <summary>What must hold of the stored object for a write to be made.</summary>
public readonly record struct WriteCondition
{
    private readonly bool? _exists;
    private readonly long? _version;

    private WriteCondition(bool exists, long? version = null) => (_exists, _version) = (exists, version);

    /// <summary>Nothing: the last writer wins.</summary>
    public static WriteCondition None => default;

    /// <summary>There is one, of whatever version.</summary>
    public static WriteCondition MustExist => new(true);

    /// <summary>There is none.</summary>
    public static WriteCondition MustNotExist => new(false);

    /// <summary>It has the version that the write is based on.</summary>
    public static WriteCondition Version(long version) => new(true, version);

    /// <summary>Whether the condition holds.</summary>
    /// <param name="current">The version that is stored; null when there is none.</param>
    internal bool Allows(long? current) => (_exists is null || _exists == current.HasValue) && (_version is null || _version == current);
}
