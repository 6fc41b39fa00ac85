namespace HotShelf.AppHost;

/// <summary>Settings on the command line of Redis, in the form that the resource takes in each mode.</summary>
internal static class RedisSettings
{
    /// <summary>Adds settings such as <c>--maxmemory 256mb</c>. In run mode the resource takes words; published, it is one line for a shell.</summary>
    public static IResourceBuilder<RedisResource> WithRedisSettings(this IResourceBuilder<RedisResource> redis, params string[] settings) => redis.WithArgs(context =>
    {
        if (context.ExecutionContext.IsRunMode)
        {
            foreach (var word in settings.SelectMany(setting => setting.Split(' ')))
                context.Args.Add(word);
            return;
        }

        var line = context.Args.OfType<string>().SingleOrDefault(text => text.StartsWith("redis-server", StringComparison.Ordinal))
            ?? throw new DistributedApplicationException("Aspire's Redis resource no longer has one command line that starts with redis-server: see RedisSettings.cs.");
        context.Args[context.Args.IndexOf(line)] = $"{line} {string.Join(' ', settings)}";
    });
}
