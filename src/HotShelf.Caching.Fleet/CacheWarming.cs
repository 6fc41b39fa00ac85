namespace HotShelf.Caching.Fleet;

/// <summary>Filling the most read keys (<see cref="CachePopularity"/>): a request, which workers that warm the cache act on, or a result.</summary>
/// <param name="State"><see cref="Requested"/> or <see cref="Done"/>.</param>
/// <param name="Actor">Who asked, or which worker did it; 1 to 200 characters.</param>
/// <param name="Reason">Why, such as <c>version bump</c>; 1 to 200 characters.</param>
/// <param name="Keys">How many keys are in the cache now; 0 for a request.</param>
/// <param name="Duration">How long it took; null for a request.</param>
public sealed record CacheWarming(string State, string Actor, string Reason, long Keys = 0, TimeSpan? Duration = null)
{
    /// <summary>Somebody asks for it.</summary>
    public const string Requested = "requested";

    /// <summary>A worker has finished it.</summary>
    public const string Done = "done";
}
