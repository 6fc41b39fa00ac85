using HotShelf.Catalog;
using HotShelf.Catalog.Warming;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Turns a request into keys, the most popular first.</summary>
internal sealed class WarmingPlan(PopularityKeeper ranking, IProductIndex index, IOptions<WarmingOptions> options, ILogger<WarmingPlan> logger)
{
    public async Task<IReadOnlyList<string>> ListKeysAsync(WarmingRequest request, CancellationToken cancellationToken)
    {
        if (request.Keys is { Count: > 0 } keys)
            return [.. keys.Distinct(StringComparer.Ordinal)];
        var top = request.Top ?? options.Value.Products;
        var planned = new List<string>(await ReadRankingAsync(top, cancellationToken).ConfigureAwait(false));
        if (request.Families is { Count: > 0 } families)
            planned.RemoveAll(key => !families.Any(family => key.StartsWith($"{family}:", StringComparison.Ordinal)));
        if (request.Families is not { Count: > 0 } || request.Families.Contains(CatalogCacheKeys.ProductFamily))
            await FillUpAsync(planned, request.Top ?? Math.Min(top, options.Value.Newest), cancellationToken).ConfigureAwait(false);
        return planned;
    }

    // Products without a count come newest first: customers look at new arrivals, and old ones would be in the ranking if they were read.
    private async Task FillUpAsync(List<string> planned, int top, CancellationToken cancellationToken)
    {
        const int Step = 5_000;
        var known = planned.ToHashSet(StringComparer.Ordinal);
        for (var last = int.MaxValue; planned.Count < top;)
        {
            var ids = await index.ListIdsAsync(Math.Min(Step, top), last, cancellationToken).ConfigureAwait(false);
            if (ids.Count == 0)
                return;
            foreach (var key in ids.Select(CatalogCacheKeys.Product).Where(known.Add).Take(top - planned.Count))
                planned.Add(key);
            last = ids[^1];
        }
    }

    private async Task<IReadOnlyList<string>> ReadRankingAsync(int top, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await ranking.GetTopAsync(top, cancellationToken).ConfigureAwait(false)).Select(item => item.Key)];
        }
        catch (Exception failure) when (failure.IsRedisFailure())
        {
            Log.RankingUnreadable(logger, failure.Message);
            return [];
        }
    }
}
