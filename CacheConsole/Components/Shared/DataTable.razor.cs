using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>
/// Rows with columns that sort; on a phone each row becomes a block with the columns' names beside the values.
/// <code>&lt;DataTable Items="_nodes" Key="node =&gt; node.Id" Caption="Nodes"&gt;&lt;Columns&gt;&lt;Column TItem="Node" Title="Name" Sort="node =&gt; node.Name"&gt;@context.Name&lt;/Column&gt;…</code>
/// </summary>
public sealed partial class DataTable<TItem>
{
    /// <summary>Rows drawn at first, and added by each request for more.</summary>
    private const int PageSize = 50;

    private readonly List<Column<TItem>> _columns = [];
    private int _shown = PageSize;
    private Column<TItem>? _sorted;
    private bool _descending;

    [Parameter, EditorRequired]
    public IReadOnlyList<TItem> Items { get; set; } = [];

    /// <summary>What stays the same of a row while its values change; rows that have the same one are told apart by their order.</summary>
    [Parameter, EditorRequired]
    public Func<TItem, object> Key { get; set; } = static item => item!;

    /// <summary>What the table lists; read aloud, not seen.</summary>
    [Parameter, EditorRequired]
    public string Caption { get; set; } = "";

    [Parameter, EditorRequired]
    public RenderFragment? Columns { get; set; }

    /// <summary>Shown in place of a table without rows.</summary>
    [Parameter]
    public RenderFragment? Empty { get; set; }

    internal void Add(Column<TItem> column)
    {
        _columns.Add(column);
        if (!column.IsInitialSort)
            return;
        _sorted = column;
        _descending = column.Numeric;
    }

    internal void Remove(Column<TItem> column) => _columns.Remove(column);

    // A server may list two equal rows, and two equal keys would end the page's circuit.
    private IEnumerable<(TItem Item, object Key)> Rows()
    {
        var seen = new Dictionary<object, int>();
        foreach (var item in Sorted().Take(_shown))
        {
            var key = Key(item);
            var before = seen.GetValueOrDefault(key);
            seen[key] = before + 1;
            yield return (item, before == 0 ? key : (key, before));
        }
    }

    private IEnumerable<TItem> Sorted() => _sorted?.Sort is not { } sort ? Items : _descending ? Items.OrderByDescending(sort) : Items.OrderBy(sort);

    // Numbers from the largest, names from A: what a person looks for first.
    private void SortBy(Column<TItem> column)
    {
        _descending = column == _sorted ? !_descending : column.Numeric;
        _sorted = column;
    }

    private string? AriaSort(Column<TItem> column) => column != _sorted ? null : _descending ? "descending" : "ascending";

    private IconName SortIcon(Column<TItem> column) => column == _sorted && !_descending ? IconName.Up : IconName.Down;
}

/// <summary>Draws its content after the components before it have started: a table after its columns have told of themselves.</summary>
public sealed class Defer : ComponentBase
{
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, ChildContent);
}
