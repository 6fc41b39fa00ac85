using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>A column of a <see cref="DataTable{TItem}"/>; draws nothing by itself.</summary>
public sealed class Column<TItem> : ComponentBase, IDisposable
{
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>What it sorts by; null: it does not sort.</summary>
    [Parameter]
    public Func<TItem, object?>? Sort { get; set; }

    /// <summary>Numbers stand on the right, and sort from the largest.</summary>
    [Parameter]
    public bool Numeric { get; set; }

    /// <summary>The table begins sorted by it.</summary>
    [Parameter]
    public bool IsInitialSort { get; set; }

    /// <summary>Classes of its cells: <c>wide</c> takes the room that is left, <c>nowrap</c> keeps one line, <c>desktop</c> is left out on a phone.</summary>
    [Parameter]
    public string? Class { get; set; }

    [Parameter]
    public RenderFragment<TItem>? ChildContent { get; set; }

    internal string Css => Numeric ? $"numeric {Class}" : Class ?? "";

    [CascadingParameter]
    private DataTable<TItem>? Table { get; set; }

    public void Dispose() => Table?.Remove(this);

    protected override void OnInitialized() => Table?.Add(this);
}
