using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>Text to look for. Tells of a change once typing has paused, so that a page does not search for every letter.</summary>
public sealed partial class SearchBox : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private ITimer? _timer;
    private string _typed = "";

    /// <summary>What is looked for; read aloud, and shown while the box is empty.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    [Parameter]
    public string? Value { get; set; }

    [Parameter]
    public EventCallback<string> ValueChanged { get; set; }

    public void Dispose() => _timer?.Dispose();

    private void OnInput(ChangeEventArgs input)
    {
        _typed = input.Value?.ToString() ?? "";
        _timer ??= Time.CreateTimer(_ => InvokeAsync(() => ValueChanged.InvokeAsync(_typed)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(s_pause, Timeout.InfiniteTimeSpan);
    }
}
