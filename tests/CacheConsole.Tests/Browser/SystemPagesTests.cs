using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Tests.Resources;
using Microsoft.Playwright;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>Resources, consoles, logs, traces and metrics: the telemetry of real processes, and an engine that tells what the real one tells.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class SystemPagesTests(ConsoleSystem system)
{
    [BrowserTheory]
    [InlineData("resources", "resources", "productapi-hgfedcba")]
    [InlineData("resources/productapi", "resource", "CACHE_PASSWORD")]
    [InlineData("console", "console", "request 40 answered")]
    [InlineData("logs?source=productapi", "logs", "/products")]
    [InlineData("traces?source=productapi&type=Http", "traces", "GET /products")]
    [InlineData("search?q=answered", "search", "request 40 answered")]
    [InlineData("search", "search-empty", "What are you looking for?")]
    [InlineData("meters?source=productapi", "meters", "hotshelf.cache.requests")]
    [InlineData("meters?source=productapi&meter=HotShelf.Caching&instrument=hotshelf.cache.requests&by=family", "meter", "Requests a second")]
    [InlineData("meters?source=productapi&meter=HotShelf.Caching&instrument=hotshelf.cache.read.duration&view=table", "meter-table", "p99")]
    public async Task Page_OnDeskAndPhoneInLightAndDark_ShowsDataWithoutBarriers(string path, string name, string text)
    {
        await system.GetAsync("/products/90");
        await using var page = await system.OpenAsync(path);
        await page.SeesAsync(text);
        await PagesTests.LooksRightAsync(page, path, name);
    }

    [BrowserFact]
    public async Task Resource_StoppedByItsButton_IsAskedForAndShownAsStopped()
    {
        await using var page = await system.OpenAsync("resources");
        await page.Button("Stop cache").ClickAsync();
        await page.ConfirmAsync("Stop");
        await page.SeesAsync("Stop of cache is done");
        Assert.Contains("resource-stop cache", system.Engine.Commands);
        var cache = (await ResourcesAsync()).Single(i => i.Resource == "cache");
        system.Engine.Set(cache with { State = "Exited", Health = null, ExitCode = 137, IsReady = false });
        await page.SeesAsync("Exited with code 137");
        system.Engine.Set(cache with { IsReady = false, Health = "Unhealthy" });
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Row, new() { Name = "cache Container" }).GetByText("Starting"));
        system.Engine.Set(cache);
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Row, new() { Name = "cache Container" }).GetByText("Healthy"));
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Resource_CommandOfTheApplication_AsksItsQuestionAndRuns()
    {
        await using var page = await system.OpenAsync("resources/productapi");
        await page.Button("Invalidate prices").ClickAsync();
        await page.SeesAsync("All of them?");
        await page.ConfirmAsync("Cancel");
        Assert.DoesNotContain("invalidate-price productapi", system.Engine.Commands);
        await page.Button("Invalidate prices").ClickAsync();
        await page.ConfirmAsync("Invalidate prices");
        await page.SeesAsync("Invalidate prices of productapi is done");
        Assert.Contains("invalidate-price productapi", system.Engine.Commands);
    }

    [BrowserFact]
    public async Task Resources_ReadOnly_CanBeLookedAtOnly()
    {
        await using var console = await CacheConsoleProcess.StartAsync([.. system.CacheConsoleSettings, .. system.EngineSettings, "CacheConsole__ReadOnly=true"]);
        await using var page = await system.OpenAsync("resources", console);
        await page.SeesAsync("productapi-hgfedcba");
        await Assertions.Expect(page.Button("Stop cache")).ToBeDisabledAsync(new() { Timeout = BrowserPage.Patience });
    }

    [BrowserFact]
    public async Task Pages_WithoutEngineAndReceiver_SayWhatIsMissing()
    {
        await using var console = await CacheConsoleProcess.StartAsync(system.CacheConsoleSettings);
        await using var page = await system.OpenAsync("resources", console);
        await page.SeesAsync("No engine tells of its resources here");
        foreach (var (path, text) in new[] { ("logs", "No logs: nothing is received here"), ("traces", "No traces: nothing is received here"), ("meters", "No metrics: nothing is received here") })
        {
            await page.Page.GotoAsync(new Uri(console.Address, path).ToString());
            await page.SeesAsync(text);
        }

        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Console_NewLines_AppearAtTheBottomUntilPaused()
    {
        await using var page = await system.OpenAsync("console/cache");
        await page.SeesAsync("Ready to accept connections");
        system.Engine.Write("cache", Line(1001, "a line that comes later"));
        await page.SeesAsync("a line that comes later");
        await page.Button("Pause").ClickAsync();
        await page.SeesAsync("Resume");
        system.Engine.Write("cache", Line(1002, "a line while paused"));
        await page.SeesAsync("newer");
        await Assertions.Expect(page.Page.GetByText("a line while paused")).ToHaveCountAsync(0);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await page.SeesAsync("a line while paused");

        await page.Page.GetByRole(AriaRole.Searchbox).FillAsync("\"something\"");
        await BrowserPage.SeesAsync(page.Page.Locator(".console mark", new() { HasText = "something" }));
        await Assertions.Expect(page.Page.GetByText("Ready to accept connections")).ToHaveCountAsync(0, new() { Timeout = BrowserPage.Patience });
        Assert.Contains("q=", page.Page.Url, StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Console_Download_HasEveryLineWithoutColours()
    {
        await using var page = await system.OpenAsync("console/productapi");
        await page.SeesAsync("request 40 answered");
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.GetByRole(AriaRole.Link, new() { Name = "Download" }).ClickAsync());
        Assert.Equal("productapi.log", download.SuggestedFilename);
        var lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.Contains(lines, line => line.EndsWith("productapi-abcdefgh info request 2 answered", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains('\u001b'));
    }

    [BrowserFact]
    public async Task Logs_FromAListToARecordToItsTrace_AndBack()
    {
        await system.GetAsync("/products/91");
        await using var page = await system.OpenAsync("logs?source=productapi&q=%22cache%20miss%22");
        await page.Page.Locator("td.message a").First.ClickAsync();
        await page.SeesAsync("Resource attributes");
        Assert.Contains("entry=", page.Page.Url, StringComparison.Ordinal);
        await BrowserPage.SeesAsync(page.Page.Locator("aside mark", new() { HasText = "cache miss" }));
        await page.Page.Locator("aside").GetByRole(AriaRole.Link, new() { NameRegex = new("^[0-9a-f]{32}$") }).ClickAsync();
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Treegrid));
        await page.SeesAsync("Logs of the trace");
        await page.Page.GoBackAsync();
        await page.SeesAsync("Resource attributes");
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Logs_FilteredByAnAttribute_KeepTheFilterInTheAddress()
    {
        await system.GetAsync("/products/92");
        await using var page = await system.OpenAsync("logs");
        await page.Page.GetByLabel("Add a filter on an attribute").FillAsync("nonsense");
        await page.Button("Add filter").ClickAsync();
        await page.SeesAsync("Write a name");
        await page.Page.GetByLabel("Add a filter on an attribute").FillAsync("Route~products");
        await page.Button("Add filter").ClickAsync();
        await page.SeesAsync("Route~products");
        await page.Page.WaitForURLAsync(url => url.Contains("f=Route", StringComparison.Ordinal), new() { Timeout = BrowserPage.Patience });
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Remove the filter Route~products" }).ClickAsync();
        await page.Page.WaitForURLAsync(url => !url.Contains("f=Route", StringComparison.Ordinal), new() { Timeout = BrowserPage.Patience });
        await page.Page.GetByLabel("Least level").SelectOptionAsync("Critical");
        await page.SeesAsync("No record matches");
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Trace_Waterfall_FoldsAndShowsASpanWhole()
    {
        await system.GetAsync("/products/93");
        await using var page = await system.OpenAsync("traces?source=productapi&f=db.system.name=postgresql");
        await page.Page.Locator("table.traces .name a").First.ClickAsync();
        var rows = page.Page.GetByRole(AriaRole.Treegrid).GetByRole(AriaRole.Row);
        await BrowserPage.SeesAsync(rows.Nth(2));
        var before = await rows.CountAsync();
        await page.Page.Locator(".waterfall button.fold").First.ClickAsync();
        await Assertions.Expect(rows).Not.ToHaveCountAsync(before, new() { Timeout = BrowserPage.Patience });
        await page.Page.Locator(".waterfall button.fold").First.ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(before, new() { Timeout = BrowserPage.Patience });
        await page.Page.Locator(".span-name a").Last.ClickAsync();
        await page.SeesAsync("Resource attributes");
        Assert.Contains("span=", page.Page.Url, StringComparison.Ordinal);
        await PagesTests.LooksRightAsync(page, page.Page.Url, "trace");
    }

    [BrowserFact]
    public async Task Meter_SplitByAnAttribute_IsALineForEachValue()
    {
        await system.GetAsync("/products/94");
        await using var page = await system.OpenAsync("meters?source=productapi&meter=HotShelf.Caching&instrument=hotshelf.cache.requests");
        await page.Page.GetByLabel("Split by family").CheckAsync();
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Cell, new() { Name = "product", Exact = true }));
        Assert.Contains("by=family", page.Page.Url, StringComparison.Ordinal);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Table", Exact = true }).ClickAsync();
        await page.SeesAsync("Over time");
        Assert.Empty(page.Complaints);
    }

    private async Task<IReadOnlyList<ResourceInstance>> ResourcesAsync()
    {
        using var service = new ResourceService(Microsoft.Extensions.Options.Options.Create(new ResourceServiceOptions { Url = system.Engine.Url.ToString(), ApiKey = FakeEngine.Key }));
        return await service.ListAsync(CancellationToken.None);
    }

    private static FeedLine Line(int number, string text) => new(number, text, IsError: false, DateTimeOffset.UnixEpoch.AddYears(57).AddSeconds(number), "cache-ijklmnop");
}
