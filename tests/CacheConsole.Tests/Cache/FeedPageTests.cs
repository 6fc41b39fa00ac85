using HotShelf.CacheConsole.Components.Pages.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class FeedPageTests
{
    private static readonly AuditReport s_audit = new(3, 1000, 1000, 1, 0, Minutes.Start, []);

    [Fact]
    public async Task Audit_OfTheWorkerThatComparedLess_IsShownToo()
    {
        var violation = new AuditViolation("price:4", 1, 2, Minutes.Start, Minutes.Start);
        var page = await DrawAsync((Minutes.Feed, s_audit), (Minutes.Feed with { State = "standing by" }, new(1, 10, 8, 0.8, 2, Minutes.Start, [violation])));
        Assert.Contains("2 entries are older than the database", page, StringComparison.Ordinal);
        Assert.Contains("cache/keys?key=price%3A4", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Sum_OfWorkersThatFoundTheSame_CountsItOnceAndKeepsTheOldestRound()
    {
        var later = Minutes.Start.AddSeconds(30);
        var (hot, price) = (new AuditViolation("product:1", 1, 2, Minutes.Start, Minutes.Start), new AuditViolation("price:4", 1, 2, Minutes.Start, later));
        var sum = AuditReport.Sum([s_audit with { Consistent = 999, Open = 1, Violations = [hot] }, new(2, 200, 197, null, 2, later, [hot with { Seen = later }, price]), new(0, 0, 0, null, 0, null, [])])!;
        Assert.Equal((5, 1200, 1196, 1196 / 1200.0, 2, Minutes.Start), (sum.Rounds, sum.Checked, sum.Consistent, sum.Ratio, sum.Open, sum.LastRound));
        Assert.Equal([hot with { Seen = later }, price], sum.Violations);
        Assert.Null(AuditReport.Sum([]));
    }

    [Theory]
    [InlineData("consuming", "notice warning", "The feed runs, but:")]
    [InlineData("misconfigured", "notice bad", "The feed does not run:")]
    public async Task Problem_OfAFeedThatRunsAndOfOneThatDoesNot_IsToldApart(string state, string look, string text)
    {
        var page = await DrawAsync((Minutes.Feed with { State = state, Problem = "Run ALTER TABLE" }, s_audit));
        Assert.Contains($"<strong>{text}</strong> Run ALTER TABLE", page, StringComparison.Ordinal);
        Assert.Contains(look, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoWorker_NeverOrNoMore_IsToldApart()
    {
        Assert.Contains("None has told Redis of itself", await DrawAsync(FakeFleet.Data(new FakeFleet())), StringComparison.Ordinal);
        var fleet = new FakeFleet { Nodes = [Minutes.Node("w") with { IsFeed = true }] };
        var data = FakeFleet.Data(fleet);
        await data.Reader.NodesAsync(CancellationToken.None);
        fleet.Nodes = [Minutes.Node()];
        Assert.Contains("No worker is left", await DrawAsync(data), StringComparison.Ordinal);
    }

    private static async Task<string> DrawAsync(params (FeedStatus Feed, AuditReport Audit)[] workers)
    {
        await using var server = WebApplication.CreateSlimBuilder().Build();
        server.MapGet("/{worker}/cache/feed", (int worker) => workers[worker].Feed);
        server.MapGet("/{worker}/cache/audit", (int worker) => workers[worker].Audit);
        server.Urls.Add("http://127.0.0.1:0");
        await server.StartAsync();
        var data = FakeFleet.Data(new FakeFleet { Nodes = [.. workers.Select((_, worker) => Minutes.Node($"{worker}") with { IsFeed = true, Address = new Uri($"{server.Urls.Single()}/{worker}/") })] });
        return await DrawAsync(data);
    }

    private static async Task<string> DrawAsync(FleetData data)
    {
        await data.Reader.NodesAsync(CancellationToken.None);
        data.Workers.Start();
        await data.Workers.FirstAsync(TimeSpan.FromSeconds(30));

        await using var services = new ServiceCollection().AddSingleton(data).AddSingleton(TimeProvider.System).AddSingleton<NavigationManager, Address>()
            .AddCascadingValue(static _ => new ViewerClock(Viewer.Unknown)).BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<Feed>()).ToHtmlString());
    }

    private sealed class Address : NavigationManager
    {
        public Address() => Initialize("http://localhost/", "http://localhost/cache/feed");
    }
}
