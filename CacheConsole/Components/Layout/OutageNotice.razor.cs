using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Data;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Layout;

/// <summary>The notice of an outage of Redis. Whether the API goes on is asked of the API itself.</summary>
public sealed partial class OutageNotice
{
    private DateTimeOffset? _since;
    private Snapshot<ApiHealth> _api = Snapshot<ApiHealth>.Nothing;
    private IDisposable? _asking;

    [Inject]
    private FleetData Data { get; set; } = null!;

    [Inject]
    private Live<ApiHealth> Api { get; set; } = null!;

    [Inject]
    private ApiAddress Address { get; set; } = null!;

    private string ApiText => _api switch
    {
        { Problem: not null } => "The API does not answer either.",
        { Value: { } health } => $"The API answers ({health.Status}).",
        _ => "",
    };

    private string SourceText => Data.Nodes.Current.Problem is not null
        ? "No node answers at its own address either. What pages show of the fleet is from before."
        : $"Overview, Families and Nodes ask the nodes themselves: {Answering(Data.Nodes.Current.Value?.Count ?? 0)}{(Silent.Length == 0 ? "" : $", not {Silent}")}. Other pages show what was known before.";

    private string Silent => string.Join(", ", Data.Reader.Silent.Select(Cache.NodeNames.Of));

    protected override async Task OnInitializedAsync()
    {
        await FollowAsync(Data.Nodes);
        Changed();
    }

    protected override void Changed()
    {
        _since = Data.Reader.AwaySince;
        _api = _asking is null ? Snapshot<ApiHealth>.Nothing : Api.Current;
        if (_since is not null && Address.IsKnown)
        {
            _asking ??= Api.Watch(Redraw);
        }
        else
        {
            _asking?.Dispose();
            _asking = null;
        }
    }

    private static string Answering(int count) => count == 1 ? "1 node answers" : $"{count} nodes answer";

    protected override void Dispose(bool disposing)
    {
        _asking?.Dispose();
        base.Dispose(disposing);
    }
}
