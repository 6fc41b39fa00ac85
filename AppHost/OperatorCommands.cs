namespace HotShelf.AppHost;

/// <summary>What an operator does to the running cache: commands of the resources, in the dashboard and by <c>./dev command</c>.</summary>
internal static class OperatorCommands
{
    private static readonly (string Family, string What)[] s_families =
        [("product", "products"), ("product-list", "product lists"), ("price", "prices"), ("user-profile", "user profiles")];

    /// <summary>Invalidating a family on all replicas, or everything, which is a new version of the cache.</summary>
    public static IResourceBuilder<ProjectResource> WithInvalidationCommands(this IResourceBuilder<ProjectResource> api, IResourceBuilder<ParameterResource> apiKey)
    {
        foreach (var (family, what) in s_families)
        {
            api.WithHttpCommand($"/cache/families/{family}/invalidate", $"Invalidate {what}", commandName: $"invalidate-{family}", commandOptions: new HttpCommandOptions
            {
                Description = $"Hides all cached {what} on every replica; the next reads fill them again.",
                IconName = "Broom",
                PrepareRequest = request => AddKeyAsync(request, apiKey),
            });
        }

        return api.WithHttpCommand("/cache/version/bump", "Bump version", commandName: "bump-version", commandOptions: new HttpCommandOptions
        {
            Description = "Hides everything that is cached on every replica, for good, sessions too: users must log in again. The worker then fills the cache with what is read most.",
            ConfirmationMessage = "Everything will be read from the database again, and all sessions end. Go on?",
            IconName = "ArrowCircleUpSparkle",
            PrepareRequest = request => AddKeyAsync(request, apiKey),
        });
    }

    /// <summary>Filling the cache with what is read most, and stopping that.</summary>
    public static IResourceBuilder<ProjectResource> WithWarmingCommands(this IResourceBuilder<ProjectResource> worker) => worker
        .WithHttpCommand("/warm", "Warm now", commandName: "warm", commandOptions: new HttpCommandOptions
        {
            Description = "Fills the cache with the keys that are read most.",
            IconName = "Fire",
            IsHighlighted = true,
            PrepareRequest = context =>
            {
                context.Request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
                return Task.CompletedTask;
            },
        })
        .WithHttpCommand("/warming", "Stop warming", commandName: "stop-warming", commandOptions: new HttpCommandOptions
        {
            Method = HttpMethod.Delete,
            Description = "Stops the warming in hand; there is nothing to stop when it answers 404.",
            IconName = "Stop",
        });

    private static async Task AddKeyAsync(HttpCommandRequestContext context, IResourceBuilder<ParameterResource> apiKey) =>
        context.Request.Headers.Add("X-Api-Key", await apiKey.Resource.GetValueAsync(context.CancellationToken));
}
