namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>Every page shows real data, on a desk and on a phone, in light and dark, and can be used by everybody.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class PagesTests(ConsoleSystem system)
{
    [BrowserTheory]
    [InlineData("", "overview", "Everything is healthy")]
    [InlineData("cache/families", "families", "product-list")]
    [InlineData("cache/families/product?span=15m", "family", "Fresh for")]
    [InlineData("cache/nodes", "nodes", "CacheWorker")]
    [InlineData("cache/hot-keys", "hot-keys", "product:1")]
    [InlineData("cache/keys?key=product:5", "key", "category:")]
    [InlineData("cache/keys", "keys", "Which key?")]
    [InlineData("cache/activity?search=price:4", "activity", "Changed in the database")]
    [InlineData("cache/feed", "feed", "hotshelf_productdb")]
    [InlineData("cache/redis", "redis", "allkeys-lru")]
    [InlineData("cache/actions", "actions", "What operators did")]
    [InlineData("not-found", "not-found", "There is no such page")]
    public async Task Page_OnDeskAndPhoneInLightAndDark_ShowsDataWithoutBarriers(string path, string name, string text)
    {
        await using var page = await system.OpenAsync(path);
        await page.SeesAsync(text);
        await LooksRightAsync(page, path, name);
    }

    [BrowserFact]
    public async Task Phone_Menu_OpensAndLeadsToAPage()
    {
        await using var page = await system.OpenAsync("");
        await page.LookAsync(390, 844, "light");
        await page.Button("Menu").ClickAsync();
        await page.Page.Locator("#menu").GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Nodes", Exact = true }).ClickAsync();
        await BrowserPage.SeesAsync(page.Page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "Nodes", Exact = true, Level = 1 }));
        await Microsoft.Playwright.Assertions.Expect(page.Page.Locator("#menu")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        Assert.Empty(page.Complaints);
    }

    [BrowserFact]
    public async Task Phone_HotKeys_TakeOneLineEach()
    {
        await using var page = await system.OpenAsync("cache/hot-keys");
        await page.LookAsync(390, 844, "light");
        var row = page.Page.Locator("table.data tbody tr").First;
        await BrowserPage.SeesAsync(row.Locator(".reads"));
        var size = await row.BoundingBoxAsync();
        Assert.InRange(size!.Height, 30, 70);
    }

    [BrowserFact]
    public async Task Theme_Chosen_HoldsForTheNextPageFromTheFirstDrawing()
    {
        await using var page = await system.OpenAsync("cache/nodes");
        await page.Page.Locator("[data-theme-choice][value=dark]").EvaluateAsync("input => input.click()");
        await page.Page.GotoAsync($"{system.Console}cache/redis", new() { WaitUntil = Microsoft.Playwright.WaitUntilState.Commit });
        Assert.Equal("dark", await page.Page.Locator("html").GetAttributeAsync("data-theme"));
        await page.LiveAsync();
    }

    [BrowserFact]
    public async Task Chart_ArrowKeys_MoveTheCursorAndTellTheValues()
    {
        await using var page = await system.OpenAsync("cache/families?span=15m");
        await page.SeesAsync("product-list");
        var chart = page.Page.Locator("[data-chart]").First;
        await chart.FocusAsync();
        await chart.PressAsync("ArrowLeft");
        await BrowserPage.SeesAsync(chart.Locator("[data-chart-tip]"));
        Assert.Contains("Hit ratio", await chart.Locator("[data-chart-tip]").InnerTextAsync(), StringComparison.Ordinal);
        await chart.PressAsync("Escape");
        await Microsoft.Playwright.Assertions.Expect(chart.Locator("[data-chart-tip]")).ToBeHiddenAsync(new() { Timeout = BrowserPage.Patience });
        Assert.Empty(page.Complaints);
    }

    /// <summary>No barrier, no complaint and nothing wider than the screen, at both sizes and in both themes.</summary>
    internal static async Task LooksRightAsync(BrowserPage page, string path, string name)
    {
        foreach (var (width, height, theme, size) in new[] { (1440, 900, "light", "desk"), (390, 844, "dark", "phone") })
        {
            await page.LookAsync(width, height, theme);
            Assert.Empty(await page.BarriersAsync());
            // A time that counts on must not be read aloud every second.
            Assert.Equal(0, await page.Page.Locator(":is([role=alert], [role=status], [aria-live=polite]) time[data-relative]:not([aria-live=off])").CountAsync());
            await ShotAsync(page, $"{name}-{size}-{theme}");
            await page.LookAsync(width, height, theme == "light" ? "dark" : "light");
            await ShotAsync(page, $"{name}-{size}-{(theme == "light" ? "dark" : "light")}");
            Assert.True(await page.OverflowAsync() <= 0, $"{path} is wider than {width} pixels");
        }

        // The themes that were not looked at above, for their contrast.
        await page.LookAsync(1440, 900, "dark");
        Assert.Empty(await page.BarriersAsync());
        Assert.Empty(page.Complaints);
    }

    // HOTSHELF_SCREENSHOTS=docs/images renews those of the documents.
    private static async Task ShotAsync(BrowserPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HOTSHELF_SCREENSHOTS") is { Length: > 0 } folder)
            await page.Page.ScreenshotAsync(new() { Path = Path.Combine(ConsoleProcess.Root(), folder, $"{name}.png") });
    }
}
