using System.Globalization;
using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Viewing;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>One key, wherever it is stored.</summary>
public sealed partial class Keys
{
    private Live<KeyView>? _live;
    private string? _shown;
    private Snapshot<KeyView> _view = Snapshot<KeyView>.Nothing;
    private string _typed = "";
    private (string Text, bool IsCut)? _value;
    private string? _valueProblem;
    private ConfirmDialog? _confirm;
    private ActionResult? _result;
    private DateTimeOffset _now;

    [SupplyParameterFromQuery(Name = "key")]
    private string? Key { get; set; }

    [CascadingParameter]
    private ViewerClock Clock { get; set; } = null!;

    private protected override IEnumerable<ILive> Sources => _live is null ? [] : [_live];

    protected override async Task OnParametersSetAsync()
    {
        var isOther = Key != _shown;
        if (isOther)
        {
            (_shown, _typed, _value, _valueProblem, _result) = (Key, Key ?? "", null, null, null);
            _live = Key is { Length: > 0 } key ? new Live<KeyView>(TimeSpan.FromSeconds(1), Time, cancel => KeyView.ReadAsync(Fleet, key, cancel)) : null;
        }

        await base.OnParametersSetAsync();
        if (isOther && _confirm is not null)
            await _confirm.CloseAsync();
    }

    protected override void Changed()
    {
        _now = Time.GetUtcNow();
        _view = _live?.Current ?? Snapshot<KeyView>.Nothing;
    }

    private void Look() => Navigator.NavigateTo(Navigator.GetUriWithQueryParameter("key", string.IsNullOrWhiteSpace(_typed) ? null : _typed.Trim()));

    private async Task InvalidateAsync()
    {
        // Another key may be shown before the question, or the action, is answered.
        var key = Key!;
        if (!await _confirm!.AskAsync($"Invalidate {key}?", ActionEffectText.OfKey(_view.Value), "Invalidate", isDangerous: true, ActionCost.OfKey(_view.Value)))
            return;
        var result = await Actions.InvalidateKeyAsync(key);
        if (key != Key)
            return;
        (_result, _value) = (result, null);
        _live?.Refresh();
    }

    private async Task ShowValueAsync()
    {
        var key = Key!;
        (string Text, bool IsCut)? shown = null;
        string? problem;
        try
        {
            shown = await Actions.LookAtValueAsync(key) is { } value ? ReadableValue.Of(value) : null;
            problem = shown is null ? "Redis no longer holds it." : null;
        }
        catch (Exception exception) when (exception is FleetUnavailableException or OperationCanceledException)
        {
            problem = "Redis did not give it. Try again.";
        }

        if (key == Key)
            (_value, _valueProblem) = (shown, problem);
    }

    private string Until(DateTimeOffset? time) => time switch
    {
        null => "–",
        { } at when at <= _now => $"{Humanize.Age(_now - at)} ({Clock.Time(at)})",
        { } at => $"{Clock.Time(at)}, in {Humanize.Duration(Math.Max(1, Math.Round((at - _now).TotalSeconds)))}",
    };

    /// <summary>The entry's life as a line from its filling to its end: how much of it is fresh, and where now is.</summary>
    private (double Fresh, double Now, string Label)? Life(StoredEntry entry)
    {
        if (entry is not { Created: { } created, FreshUntil: { } fresh })
            return null;
        var end = entry.StaleUntil > fresh ? entry.StaleUntil.Value : fresh;
        var length = (end - created).TotalSeconds;
        return length > 0
            ? ((fresh - created).TotalSeconds / length, Math.Clamp((_now - created).TotalSeconds / length, 0, 1), $"Its life: {KeyView.StateOf(entry, _now)} now")
            : null;
    }

    private Status StatusOf(StoredEntry entry) => KeyView.StateOf(entry, _now) switch { "fresh" => Status.Good, "stale" => Status.Warning, _ => Status.Neutral };

    private static (Status Status, string Text, string Meaning) CopyOf(CopyState copy) => copy switch
    {
        CopyState.Fresh => (Status.Good, "Fresh", "It answers from its copy"),
        CopyState.Outdated => (Status.Warning, "Outdated", "The next read asks Redis, or serves it stale while it is refreshed"),
        CopyState.None => (Status.Neutral, "None", "It holds no copy"),
        _ => (Status.Warning, "No answer", "It did not say within a second"),
    };

    private static string Percent(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}
