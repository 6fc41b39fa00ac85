namespace HotShelf.AppHost;

/// <summary>What an operator does to the running cache: commands of the resources, in Aspire's dashboard and by <c>dotnet aspire resource</c>.</summary>
internal static class OperatorCommands
{
    private static readonly (string Family, string What)[] s_families =
        [("product", "products"), ("product-list", "product lists"), ("price", "prices"), ("user-profile", "user profiles")];

    /// <summary>Invalidating a family on all replicas, or everything, which is a new version of the cache. The API does it; its replicas are one for the purpose.</summary>
    public static void WithInvalidationCommands(this IResourceBuilder<RedisResource> cache, IResourceBuilder<ProjectResource> api, IResourceBuilder<ParameterResource> apiKey)
    {
        foreach (var (family, what) in s_families)
        {
            cache.WithHttpCommand($"/cache/families/{family}/invalidate", $"Invalidate {what}", () => api.GetEndpoint("http"), commandName: $"invalidate-{family}", commandOptions: Options(
                $"Hides all cached {what} on every replica; the next reads fill them again.", "Broom"));
        }

        var bump = Options("Hides everything that is cached on every replica, for good, sessions too: users must log in again. The worker then fills the cache with what is read most.", "ArrowCircleUpSparkle");
        bump.ConfirmationMessage = "Everything will be read from the database again, and all sessions end. Go on?";
        cache.WithHttpCommand("/cache/version/bump", "Bump version", () => api.GetEndpoint("http"), commandName: "bump-version", commandOptions: bump);

        HttpCommandOptions Options(string description, string icon) => new()
        {
            Description = description,
            IconName = icon,
            PrepareRequest = async context => context.Request.Headers.Add("X-Api-Key", await apiKey.Resource.GetValueAsync(context.CancellationToken)),
        };
    }

    /// <summary>Filling the cache with what is read most.</summary>
    public static IResourceBuilder<ProjectResource> WithWarmingCommand(this IResourceBuilder<ProjectResource> worker) => worker
        .WithHttpCommand("/warm", "Warm now", commandName: "warm", commandOptions: new HttpCommandOptions
        {
            Description = "Fills the cache with the keys that are read most.",
            IconName = "Fire",
            IsHighlighted = true,
        });
}
