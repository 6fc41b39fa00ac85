using HotShelf.CacheConsole.Components.Resources;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Components.Telemetry;
using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry.Queries;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>
/// The newest lines at the bottom, where the browser keeps them: its column is laid out from below, so following needs no script, and who has scrolled
/// up stays where they are.
/// </summary>
public sealed partial class ConsolePage
{
    private const int Page = 500;

    private IReadOnlyList<(string Name, bool IsInstance)> _names = [];
    private IReadOnlyList<ConsoleLine> _lines = [];
    private IReadOnlyList<string> _words = [];
    private SearchText _search = SearchText.Empty;
    private StoreUse _use = new(0, 0, 0, 0, 0);
    private ResourceNode? _instance;
    private int _count;
    private int _most = Page;
    private bool _wraps = true;
    private bool _showsInstance;
    private CommandResult? _result;
    private ConfirmDialog? _confirm;

    /// <summary>A resource or an instance; without, all.</summary>
    [Parameter]
    public string? Name { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    public string? Text { get; set; }

    [SupplyParameterFromQuery(Name = "errors")]
    public bool ErrorsOnly { get; set; }

    protected override long Version => Consoles.Version + Board.Version;

    [Inject]
    private ResourceBoard Board { get; set; } = null!;

    [Inject]
    private ConsoleStore Consoles { get; set; } = null!;

    [Inject]
    private NavigationManager Navigator { get; set; } = null!;

    private string DownloadLink => $"download/console{(Name is null ? "" : $"/{Uri.EscapeDataString(Name)}")}";

    protected override void Compute()
    {
        var nodes = ResourceTree.Of(Board.Instances);
        _names = [.. nodes.SelectMany(static node => node.Instances.Where(_ => node.HasReplicas).Select(static i => (i.Id, true)).Prepend((node.Name, false)))];
        _instance = nodes.FirstOrDefault(node => node.Name == Name)
            ?? (Name is not null && Board.Find(Name) is { } one ? new ResourceNode(one.Id, 0, [one]) : null);
        _search = SearchText.Parse(Text);
        _words = [.. _search.Marked];
        var lines = Consoles.Snapshot(Name);
        if (!_search.IsEmpty || ErrorsOnly)
            lines = Array.FindAll(lines, Matches);
        _count = lines.Length;
        _lines = lines.Length > _most ? lines[^_most..] : lines;
        _showsInstance = Name is null || lines.Select(static line => line.Instance).Distinct(StringComparer.Ordinal).Take(2).Count() > 1;
        _use = Consoles.Use(Name);
    }

    private bool Matches(ConsoleLine line) => (line.IsError || !ErrorsOnly)
        && _search.Matches(line, static (l, word) => l.Plain.Contains(word, StringComparison.OrdinalIgnoreCase) || l.Instance.Contains(word, StringComparison.OrdinalIgnoreCase));

    private void Show(string? name) => Navigator.NavigateTo(new Uri(Navigator.ToAbsoluteUri(PageLinks.Console(string.IsNullOrEmpty(name) ? null : name)), Navigator.ToAbsoluteUri(Navigator.Uri).Query).ToString());

    private void Set(string parameter, object value) => Navigator.NavigateTo(
        Navigator.GetUriWithQueryParameter(parameter == nameof(Text) ? "q" : "errors", value switch { string { Length: > 0 } text => text, true => "true", _ => (string?)null }), replace: true);

    private void ShowEarlier()
    {
        _most += Page;
        Look();
    }
}
