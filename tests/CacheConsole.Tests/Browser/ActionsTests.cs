using System.Text.Json;
using Microsoft.Playwright;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>Every action, from the click to the effect in the cache and the audit line.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ActionsTests(ConsoleSystem system)
{
    [BrowserFact]
    public async Task InvalidateKey_Confirmed_TakesItOutOfRedisAndMemory()
    {
        await system.GetAsync("/products/71");
        await using var page = await system.OpenAsync("cache/keys?key=product:71");
        await page.SeesAsync("1 of 2 answer from a copy");
        await page.Button("Show value").ClickAsync();
        await BrowserPage.SeesAsync(page.Page.Locator("pre", new() { HasText = "\"id\": 71" }));
        await page.Button("Invalidate key").ClickAsync();
        await BrowserPage.SeesAsync(page.Page.Locator(".dialog-cost", new() { HasText = "1 entry in Redis and 1 copy in the memory of 2 nodes" }));
        Assert.Empty(await page.BarriersAsync());
        await page.ConfirmAsync("Invalidate");
        await page.SeesAsync("Invalidate key product:71: done");
        await page.SeesAsync("Redis holds nothing for this key");
        await page.SeesAsync("0 of 2 answer from a copy");
        await BrowserPage.SeesAsync(page.Page.Locator(".effect .events li", new() { HasText = "product:71" }));
        Assert.Contains("fwd=miss", await system.GetAsync("/products/71"), StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task InvalidateKey_Declined_ChangesNothing()
    {
        await system.GetAsync("/products/72");
        await using var page = await system.OpenAsync("cache/keys?key=product:72");
        await page.Button("Invalidate key").ClickAsync();
        await page.ConfirmAsync("Cancel");
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        Assert.Contains("hit", await system.GetAsync("/products/72"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task InvalidateKey_BackWhileItIsAsked_AsksNoLonger()
    {
        await system.GetAsync("/products/76");
        await system.GetAsync("/products/77");
        await using var page = await system.OpenAsync("cache/keys?key=product:76");
        await page.Page.Locator("#key").FillAsync("product:77");
        await page.Button("Look").ClickAsync();
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Heading, new() { Name = "product:77", Exact = true }));
        await page.Button("Invalidate key").ClickAsync();
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Dialog));
        await page.Page.GoBackAsync();
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Heading, new() { Name = "product:76", Exact = true }));
        Assert.Contains("hit", await system.GetAsync("/products/76"), StringComparison.Ordinal);
        Assert.Contains("hit", await system.GetAsync("/products/77"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task InvalidateTag_ByName_HidesItsEntries()
    {
        await system.GetAsync("/products/73");
        using var product = JsonDocument.Parse(await system.Api.GetStringAsync(new Uri("/products/73", UriKind.Relative)));
        var tag = $"category:{product.RootElement.GetProperty("category").GetString()}";
        await using var page = await system.OpenAsync($"cache/actions?tag={Uri.EscapeDataString(tag)}");
        await page.Button("Invalidate tag").ClickAsync();
        await page.ConfirmAsync("Invalidate");
        await page.SeesAsync($"Invalidate tag {tag}: done");
        Assert.Contains("fwd=miss", await system.GetAsync("/products/73"), StringComparison.Ordinal);
        await BrowserPage.SeesAsync(Audit(page, "Invalidate tag"));
    }

    [BrowserFact]
    public async Task InvalidateTag_TheOneOfEverything_AsksForEverything()
    {
        await using var page = await system.OpenAsync("cache/actions?tag=*");
        await page.Button("Invalidate tag").ClickAsync();
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Invalidate everything?" }));
        await page.ConfirmAsync("Cancel");
    }

    [BrowserFact]
    public async Task InvalidateFamily_OnItsPage_HidesItsEntriesAndTellsTheEffect()
    {
        await system.GetAsync("/products/74");
        await system.GetAsync("/products/74/price");
        await using var page = await system.OpenAsync("cache/families/price");
        await page.Button("Invalidate family").ClickAsync();
        await page.ConfirmAsync("Invalidate");
        await page.SeesAsync("Invalidate family price: done");
        await BrowserPage.SeesAsync(page.Page.Locator(".effect .events li", new() { HasText = "Family invalidated" }));
        Assert.Contains("fwd=miss", await system.GetAsync("/products/74/price"), StringComparison.Ordinal);
        Assert.Contains("hit", await system.GetAsync("/products/74"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task InvalidateEverythingAndBump_Confirmed_HideAll()
    {
        await using var page = await system.OpenAsync("cache/actions");
        await system.GetAsync("/products/75");
        await page.Button("Invalidate everything").ClickAsync();
        await page.ConfirmAsync("Invalidate everything");
        await page.SeesAsync("Invalidate everything: done");
        Assert.Contains("fwd=miss", await system.GetAsync("/products/75"), StringComparison.Ordinal);
        await page.Button("Bump version").ClickAsync();
        await page.ConfirmAsync("Bump version");
        await page.SeesAsync("Bump version: done");
        Assert.Contains("fwd=miss", await system.GetAsync("/products/75"), StringComparison.Ordinal);
        await BrowserPage.SeesAsync(Audit(page, "Bump version"));
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Warm_OnRequest_ShowsWhenItIsDone()
    {
        await using var page = await system.OpenAsync("cache/actions");
        await page.Button("Warm now").ClickAsync();
        await page.ConfirmAsync("Warm now");
        await page.SeesAsync("Warm: done");
        await BrowserPage.SeesAsync(page.Page.Locator(".panel", new() { HasText = "Warm now" }).Locator(".events li", new() { HasText = "on request" }).Filter(new() { HasText = "Warmed" }).First);
        await BrowserPage.SeesAsync(Audit(page, "Warm"));
    }

    [BrowserFact]
    public async Task Invalidate_WithoutAName_AsksForOne()
    {
        await using var page = await system.OpenAsync("cache/actions");
        await page.Button("Invalidate key").ClickAsync();
        await page.SeesAsync("Write the key first.");
    }

    [BrowserFact]
    public async Task Actions_ReadOnly_AreOffAndSayWhy()
    {
        await using var console = await ConsoleProcess.StartAsync([.. system.ConsoleSettings, "CacheConsole__ReadOnly=true"]);
        await using var page = await system.OpenAsync("cache/actions", console);
        await page.SeesAsync("The console is read-only");
        foreach (var name in (string[])["Invalidate key", "Invalidate tag", "Invalidate family", "Invalidate everything", "Bump version", "Warm now"])
            await Assertions.Expect(page.Button(name)).ToBeDisabledAsync(new() { Timeout = BrowserPage.Patience });
    }

    private static ILocator Audit(BrowserPage page, string action) =>
        page.Page.Locator(".panel", new() { HasText = "What operators did" }).Locator(".events li", new() { HasText = action }).Filter(new() { HasText = "console" });
}
