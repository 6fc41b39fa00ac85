using HotShelf.CacheConsole.Hosting;
using HotShelf.CacheConsole.Resources;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Tests.Resources;

/// <summary>The console follows the engine, through every break of the connection.</summary>
public sealed class ResourceFeedTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly FakeEngine _engine = new();

    public async Task InitializeAsync()
    {
        _engine.Set(Instance("cache-abcdefgh", "cache"));
        await _engine.StartAsync();
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task Feed_Changes_ReachTheBoard()
    {
        using var host = await _engine.FollowAsync();
        var board = host.Services.GetRequiredService<ResourceBoard>();
        await Until.TrueAsync(() => board.State == FeedState.Live && board.Find("cache-abcdefgh") is { State: "Running" });
        var version = board.Version;
        _engine.Set(Instance("cache-abcdefgh", "cache") with { State = "Exited", ExitCode = 137 });
        await Until.TrueAsync(() => board.Find("cache-abcdefgh") is { State: "Exited", ExitCode: 137 });
        Assert.NotEqual(version, board.Version);
        await host.StopAsync();
    }

    [Fact]
    public async Task Feed_OfAnEngineThatIsAwayForAWhile_SaysSoAndComesBackWithoutWhatIsGone()
    {
        using var host = await _engine.FollowAsync();
        var board = host.Services.GetRequiredService<ResourceBoard>();
        await Until.TrueAsync(() => board.State == FeedState.Live);
        await _engine.StopAsync();
        await Until.TrueAsync(() => board.State == FeedState.Lost);
        Assert.NotNull(board.Failure);
        Assert.NotNull(board.Find("cache-abcdefgh"));

        _engine.Forget("cache-abcdefgh");
        _engine.Set(Instance("postgres-abcdefgh", "postgres"));
        await _engine.StartAsync();
        await Until.TrueAsync(() => board.State == FeedState.Live && board.Find("postgres-abcdefgh") is not null);
        Assert.Null(board.Find("cache-abcdefgh"));
        Assert.Null(board.Failure);
        await host.StopAsync();
    }

    [Fact]
    public async Task Feed_WithAWrongKey_IsNotLiveAndSaysWhy()
    {
        using var host = await _engine.FollowAsync(("CacheConsole:ResourceServiceClient:ApiKey", "another key"));
        var board = host.Services.GetRequiredService<ResourceBoard>();
        await Until.TrueAsync(() => board.Failure is not null);
        Assert.Equal(FeedState.Connecting, board.State);
        Assert.Contains("401", board.Failure, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public void Board_WithoutAnEngine_IsNotConfigured()
    {
        // As beside real Aspire, whose variable without a key is not meant for us.
        var options = new ResourceServiceOptions();
        ResourceServiceOptions.AddVariable(options, new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build());
        using var service = new ResourceService(Options.Create(options));
        Assert.Equal(FeedState.NotConfigured, new ResourceBoard(service, TimeProvider.System).State);
        Assert.True(new ResourceServiceOptionsValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public async Task Console_Lines_AreReadOncePerLineThroughABreak()
    {
        _engine.Write("cache", new FeedLine(1, "one", false, s_time, "cache-abcdefgh"));
        _engine.Write("cache", new FeedLine(2, "two", true, s_time.AddSeconds(1), "cache-abcdefgh"));
        using var host = await _engine.FollowAsync();
        var store = host.Services.GetRequiredService<ConsoleStore>();
        await Until.TrueAsync(() => store.Snapshot("cache").Length == 2);
        await _engine.StopAsync();
        _engine.Write("cache", new FeedLine(3, "three", false, s_time.AddSeconds(2), "cache-abcdefgh"));
        await _engine.StartAsync();
        await Until.TrueAsync(() => store.Snapshot("cache").Length >= 3);
        Assert.Equal(["one", "two", "three"], store.Snapshot("cache").Select(line => line.Text));
        Assert.True(store.Snapshot(null)[1].IsError);
        await host.StopAsync();
    }

    [Fact]
    public async Task Commands_ReachTheEngineAndTellHowTheyEnded()
    {
        using var host = await _engine.FollowAsync();
        var actions = host.Services.GetRequiredService<ResourceActions>();
        Assert.Equal(new CommandOutcome(true, false, null), await actions.ExecuteAsync("cache-abcdefgh", "resource-restart", CancellationToken.None));
        Assert.Equal(new CommandOutcome(false, false, "It cannot be."), await actions.ExecuteAsync("cache-abcdefgh", "fail", CancellationToken.None));
        Assert.Equal(["resource-restart cache-abcdefgh", "fail cache-abcdefgh"], _engine.Commands);
        await _engine.StopAsync();
        var away = await actions.ExecuteAsync("cache-abcdefgh", "resource-stop", CancellationToken.None);
        Assert.False(away.Success);
        Assert.NotEmpty(away.Message!);
        await host.StopAsync();
    }

    [Fact]
    public async Task Commands_OfAReadOnlyCacheConsole_ReachNobody()
    {
        using var host = await _engine.FollowAsync();
        var actions = new ResourceActions(host.Services.GetRequiredService<ResourceService>(), Options.Create(new CacheConsoleOptions { ReadOnly = true }),
            host.Services.GetRequiredService<Microsoft.Extensions.Logging.ILogger<ResourceActions>>());
        var outcome = await actions.ExecuteAsync("cache-abcdefgh", "resource-stop", CancellationToken.None);
        Assert.False(outcome.Success);
        Assert.Contains("read-only", outcome.Message, StringComparison.Ordinal);
        Assert.Empty(_engine.Commands);
        await host.StopAsync();
    }

    private static ResourceInstance Instance(string id, string resource) => new() { Id = id, Resource = resource, Type = "Container", State = "Running" };
}
