namespace HotShelf.Caching.Fleet;

/// <summary>A key that is read much.</summary>
/// <param name="Key">The key.</param>
/// <param name="Family">Its family.</param>
/// <param name="Reads">Its score: reads of all nodes, older ones counting for less.</param>
public sealed record HotKey(string Key, string Family, double Reads);
