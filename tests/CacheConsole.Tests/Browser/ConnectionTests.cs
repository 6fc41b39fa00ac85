using Microsoft.Playwright;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>The page stays live, whatever happens to the console.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ConnectionTests(ConsoleSystem system)
{
    [BrowserFact]
    public async Task Activity_WhileOpen_ShowsWhatHappensWithoutReload()
    {
        await using var page = await system.OpenAsync("cache/activity?search=product:88");
        await page.SeesAsync("No event matches");
        await system.GetAsync("/products/88");
        await BrowserPage.SeesAsync(page.Page.Locator(".events li", new() { HasText = "product:88" }));
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Page_CacheConsoleKilledAndStartedAgain_ComesBackByItself()
    {
        await using var console = await ConsoleProcess.StartAsync(system.ConsoleSettings);
        await using var page = await system.OpenAsync("cache/nodes", console);
        await page.SeesAsync("CacheWorker");
        await page.Page.EvaluateAsync("() => { window.before = true; }");
        await console.KillAsync();
        await page.SeesAsync("The connection is lost");
        await page.SeesAsync("CacheWorker");
        await console.DisposeAsync();
        await console.StartAgainAsync();
        await page.Page.WaitForFunctionAsync("() => window.before === undefined", null, new() { Timeout = BrowserPage.Patience });
        await page.LiveAsync();
        await page.SeesAsync("CacheWorker");
        await Assertions.Expect(page.Page.Locator("#components-reconnect-modal")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
    }

    [BrowserFact]
    public async Task Page_CacheConsoleStartedAgainWithAnotherToken_LeadsToTheSignInPage()
    {
        await using var console = await ConsoleProcess.StartAsync(system.ConsoleSettings);
        await using var page = await system.OpenAsync("cache/nodes", console);
        await page.SeesAsync("CacheWorker");
        await console.KillAsync();
        await console.DisposeAsync();
        await console.StartAgainAsync("fedcba9876543210fedcba9876543210");
        await BrowserPage.SeesAsync(page.Page.GetByLabel("Token"));
        await page.SeesAsync("Your session has ended");
    }

    [BrowserFact]
    public async Task Page_FailedOutsideItsContent_SaysSoAndOffersToLoadAgain()
    {
        await using var page = await system.OpenAsync("cache/nodes");
        // The focus that follows a link is set by a component around the page, which no error boundary guards.
        await page.Page.EvaluateAsync("() => { HTMLElement.prototype.focus = () => { throw new Error('no focus'); }; }");
        await page.Page.Locator("#menu").GetByRole(AriaRole.Link, new() { Name = "Redis", Exact = true }).ClickAsync();
        await page.SeesAsync("This page has failed and no longer shows what happens");
        Assert.Empty(await page.BarriersAsync());
        await page.LookAsync(390, 844, "dark");
        Assert.Empty(await page.BarriersAsync());
        Assert.True(await page.OverflowAsync() <= 0);
        await page.Button("Load again").ClickAsync();
        await page.LiveAsync();
        await Assertions.Expect(page.Page.Locator("#blazor-error-ui")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
    }

    [BrowserFact]
    public async Task Pages_RedisAway_GoOnFromTheNodesAndSaySinceWhenAndWhatItMeans()
    {
        await using var page = await system.OpenAsync("cache/nodes");
        await page.SeesAsync("CacheWorker");
        await system.Redis.PauseAsync();
        try
        {
            await page.SeesAsync("Redis has not answered since");
            await page.SeesAsync("2 nodes answer");
            await page.SeesAsync("The API answers");
            // Told by the nodes themselves: Redis cannot know it.
            await page.SeesAsync("Not used");
            await using var hot = await system.OpenAsync("cache/hot-keys");
            await hot.SeesAsync("Redis does not answer.");
            // A page that is opened now goes on too: it counts what is read during the outage.
            await using var opened = await system.OpenAsync("cache/families/user-profile");
            await opened.SeesAsync("Redis has not answered since");
            await using var overview = await system.OpenAsync("");
            await overview.SeesAsync("nodes without Redis");
            var reads = overview.Page.Locator(".figures > div").Nth(1).Locator("dd.muted data");
            var before = await ReadsAsync(reads);
            for (var i = 0; i < 40; i++)
                await system.GetAsync("/products/91");
            await HotShelf.TestServers.Until.TrueAsync(async () => await ReadsAsync(reads) >= before + 40, what: "reads during the outage are counted", seconds: 60);
            await Assertions.Expect(overview.Page.GetByText("Everything is healthy")).ToHaveCountAsync(0);
            await PagesTests.LooksRightAsync(overview, "", "overview-away");
            await PagesTests.LooksRightAsync(page, "cache/nodes", "nodes-away");
        }
        finally
        {
            await system.Redis.ResumeAsync();
        }

        await Assertions.Expect(page.Page.GetByText("Redis has not answered since")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        await page.SeesAsync("In use");
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Console_StartedWithoutRedis_ShowsTheNodesOfItsServicesAndSaysSo()
    {
        await using var console = await ConsoleProcess.StartAsync([.. system.ConsoleSettings, "ConnectionStrings__cache=127.0.0.1:1"]);
        await using var nodes = await system.OpenAsync("cache/nodes", console);
        await nodes.SeesAsync("This console has not reached Redis since its start");
        await nodes.SeesAsync("1 node answers");
        await nodes.SeesAsync("ProductApi");
        await using var overview = await system.OpenAsync("", console);
        await BrowserPage.SeesAsync(overview.Page.Locator(".figures"));
        await PagesTests.LooksRightAsync(overview, "", "overview-started-away");
    }

    [BrowserFact]
    public async Task Console_StartedWithoutRedisAndServices_SaysWhatToSet()
    {
        await using var console = await ConsoleProcess.StartAsync("ConnectionStrings__cache=127.0.0.1:1");
        await using var page = await system.OpenAsync("cache/nodes", console);
        await page.SeesAsync("its settings name no service: start it with --Api");
        await PagesTests.LooksRightAsync(page, "cache/nodes", "nodes-nothing-known");
    }

    [BrowserFact]
    public async Task Redis_RestartedEmpty_LosesNoAuditLine()
    {
        await using var page = await system.OpenAsync("cache/actions");
        await page.Page.GetByLabel("A key").FillAsync("product:92");
        await page.Button("Invalidate key").ClickAsync();
        await page.ConfirmAsync("Invalidate");
        var line = page.Page.Locator(".panel", new() { HasText = "What operators did" }).Locator(".events li", new() { HasText = "product:92" });
        await BrowserPage.SeesAsync(line);
        await system.Redis.KillAsync();
        await page.SeesAsync("Redis has not answered since");
        await system.Redis.RestartAsync();
        await Assertions.Expect(page.Page.GetByText("Redis has not answered since")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        await page.Page.ReloadAsync();
        await page.LiveAsync();
        await BrowserPage.SeesAsync(line);
        await system.UseAsync();
    }

    private static async Task<double> ReadsAsync(ILocator reads) => double.Parse((await reads.GetAttributeAsync("value"))!, System.Globalization.CultureInfo.InvariantCulture);
}
