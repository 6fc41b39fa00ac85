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
    public async Task Pages_RedisAway_SaySinceWhenAndWhatItMeansAndGoOnWhenItIsBack()
    {
        await using var page = await system.OpenAsync("cache/nodes");
        await page.SeesAsync("CacheWorker");
        await system.Redis.PauseAsync();
        try
        {
            await page.SeesAsync("Redis does not answer.");
            await page.SeesAsync("CacheWorker");
            await page.SeesAsync("What you see is from");
            await page.SeesAsync("Redis has not answered since");
            await page.SeesAsync("The API answers");
            // A page that is opened now shows what was read before.
            await using var opened = await system.OpenAsync("");
            await opened.SeesAsync("Redis has not answered since");
            await BrowserPage.SeesAsync(opened.Page.Locator(".figures"));
            await opened.SeesAsync("product-list");
            await Assertions.Expect(opened.Page.GetByText("Everything is healthy")).ToHaveCountAsync(0);
            Assert.Empty(await opened.BarriersAsync());
            await opened.LookAsync(390, 844, "dark");
            Assert.True(await opened.OverflowAsync() <= 0);
        }
        finally
        {
            await system.Redis.ResumeAsync();
        }

        await Assertions.Expect(page.Page.GetByText("What you see is from")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        await Assertions.Expect(page.Page.GetByText("Redis has not answered since")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        Assert.Empty(page.Complaints);
    }
}
