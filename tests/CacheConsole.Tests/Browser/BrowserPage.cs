using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>One page of a signed-in browser.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    /// <summary>Milliseconds; two loaded cores take their time.</summary>
    public const int Patience = 60_000;

    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public BrowserPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        Page.Console += (_, message) => Note(message.Type is "error" ? $"console: {message.Text}" : null);
        Page.PageError += (_, error) => Note($"script: {error}");
    }

    public IPage Page { get; }

    /// <summary>Errors in the browser's console, refusals by the content security policy among them.</summary>
    public IReadOnlyList<string> Complaints
    {
        get { lock (_complaints) return [.. _complaints]; }
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    /// <summary>Waits until the page is connected: from then on it answers to clicks.</summary>
    public Task LiveAsync() => Page.WaitForSelectorAsync("[data-live]", new() { Timeout = Patience });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public Task SeesAsync(string text) => SeesAsync(Page.GetByText(text));

    public static Task SeesAsync(ILocator what) => Assertions.Expect(what.First).ToBeVisibleAsync(new() { Timeout = Patience });

    /// <summary>Answers the question that an action asks.</summary>
    public async Task ConfirmAsync(string action)
    {
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await SeesAsync(dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
        // Until it is gone its button and the one that asked may have the same name.
        await Assertions.Expect(dialog).ToBeHiddenAsync(new() { Timeout = Patience });
    }

    public async Task LookAsync(int width, int height, string theme)
    {
        await Page.SetViewportSizeAsync(width, height);
        await Page.EvaluateAsync("theme => { document.documentElement.dataset.theme = theme; }", theme);
    }

    /// <summary>What a screen reader or a person with weak eyes could not use; each with the element.</summary>
    public async Task<IReadOnlyList<string>> BarriersAsync() =>
        [.. (await Page.RunAxe()).Violations.Select(violation => $"{violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}")];

    /// <summary>How far the page is wider than the screen.</summary>
    public Task<int> OverflowAsync() => Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - window.innerWidth");

    private void Note(string? complaint)
    {
        if (complaint is null)
            return;
        lock (_complaints)
            _complaints.Add(complaint);
    }
}
