using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>All actions of the cache on one page, with what they did.</summary>
public sealed partial class ActionsPage
{
    private const int AuditListed = 20;
    private const int WarmingsListed = 4;

    private ConfirmDialog _confirm = null!;
    private ActionResult? _result;
    private string _key = "";
    private string _tag = "";
    private string _family = "";
    private string? _refusal;
    private IReadOnlyList<string> _families = [];
    private IReadOnlyList<Cause> _audit = [];
    private CacheVersion? _version;
    private IReadOnlyList<Cause> _warmings = [];

    [SupplyParameterFromQuery(Name = "tag")]
    private string? Tag { get; set; }

    protected override void OnInitialized() => _tag = Tag ?? "";

    private protected override IEnumerable<ILive> Sources => [Data.Changes, Data.Version, Data.History(HistorySpan.Hour), Data.Usage, Data.Nodes];

    protected override void Changed()
    {
        _version = Data.Version.Current.Value;
        _warmings = [.. (Data.Changes.Current.Value ?? []).Where(static one => one.Kind == CacheEventKind.Warming).Take(WarmingsListed).Select(static one => new Cause(one, []))];
        _audit = [.. Trail.With((Data.Changes.Current.Value ?? []).Where(static one => one.Kind is CacheEventKind.Operator or CacheEventKind.VersionBumped)).Take(AuditListed).Select(static one => new Cause(one, []))];
        _families = [.. (Data.History(HistorySpan.Hour).Current.Value ?? []).SelectMany(static minute => minute.Families).Select(static family => family.Family)
            .Concat(Data.Usage.Current.Value?.Families.Select(static family => family.Family) ?? []).Distinct().Order(StringComparer.Ordinal)];
    }

    private Task InvalidateKeyAsync() => WithNameAsync(_key, "Write the key first.", "Invalidate {0}?", KeyAsync, Actions.InvalidateKeyAsync);

    // The tag of everything is the action of everything, with its question.
    private Task InvalidateTagAsync() => _tag.Trim() == OperatorActions.TagOfEverything
        ? InvalidateEverythingAsync()
        : WithNameAsync(_tag, "Write the tag first.", "Invalidate all entries with the tag {0}?", _ => Task.FromResult((ActionEffectText.OfTag, ActionCost.OfTag(Data))), Actions.InvalidateTagAsync);

    private Task InvalidateFamilyAsync() => WithNameAsync(
        _family, "Choose the family first.", "Invalidate all of {0}?", family => Task.FromResult((ActionEffectText.OfFamily, ActionCost.Of(Data, family))), Actions.InvalidateFamilyAsync);

    private async Task WithNameAsync(string name, string refusal, string question, Func<string, Task<(string Text, string Cost)>> describe, Func<string, Task<ActionResult>> act)
    {
        name = name.Trim();
        _refusal = name.Length == 0 ? refusal : null;
        if (_refusal is not null)
            return;
        var (text, cost) = await describe(name);
        if (await _confirm.AskAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, question, name), text, "Invalidate", isDangerous: true, cost))
            _result = await act(name);
    }

    private async Task<(string Text, string Cost)> KeyAsync(string key)
    {
        KeyView? view = null;
        try
        {
            view = await KeyView.ReadAsync(Fleet, key, CancellationToken.None);
        }
        catch (FleetUnavailableException)
        {
            // The cost says so.
        }

        return (ActionEffectText.OfKey(view), ActionCost.OfKey(view));
    }

    private async Task InvalidateEverythingAsync()
    {
        _refusal = null;
        if (await _confirm.AskAsync("Invalidate everything?", ActionEffectText.OfEverything, "Invalidate everything", isDangerous: true, ActionCost.Of(Data, null)))
            _result = await Actions.InvalidateEverythingAsync();
    }

    private async Task BumpAsync()
    {
        if (!await _confirm.AskAsync("Bump the version?", ActionEffectText.OfVersion, "Bump version", isDangerous: true, ActionCost.Of(Data, null)))
            return;
        _result = await Actions.BumpVersionAsync();
        Data.Version.Refresh();
    }

    private async Task WarmAsync()
    {
        if (await _confirm.AskAsync("Warm the cache?", "Workers read the most popular keys that are missing from the database, at their configured rate.", "Warm now", cost: ActionCost.OfWarming(_warmings.Select(static one => one.First))))
            _result = await Actions.WarmAsync();
    }
}
