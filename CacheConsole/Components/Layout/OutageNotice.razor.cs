using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Data;

namespace HotShelf.CacheConsole.Components.Layout;

/// <summary>The notice of an outage of Redis. Whether the API goes on is asked of the API itself.</summary>
public sealed partial class OutageNotice
{
    private DateTimeOffset? _since;
    private Snapshot<ApiHealth> _api = Snapshot<ApiHealth>.Nothing;
    private IDisposable? _asking;

    private string ApiText => _api switch
    {
        { Problem: not null } => "The API does not answer either.",
        { Value: { } health } => $"The API answers ({health.Status}).",
        _ => "",
    };

    private string SourceText
    {
        get
        {
            var isAnswered = Data.Nodes.Current.Problem is null;
            if (Data.Reader.HasRead)
            {
                return isAnswered
                    ? $"Overview, Families, Nodes and Feed ask the nodes themselves: {Answering}. Other pages show what was known before."
                    : "No node answers at its own address either. What pages show of the fleet is from before.";
            }

            // Started during the outage: nodes have not been named by Redis.
            const string Unread = "This console has not reached Redis since its start";
            return isAnswered ? $"{Unread}; it asks the addresses of the services in its settings, and the nodes it finds there: {Answering}. Pages other than Overview, Families, Nodes and Feed are empty."
                : Client.HasServices ? $"{Unread}, and no node answers at the addresses of the services in its settings."
                : $"{Unread}, and its settings name no service: start it with --Api http://host:port (or Services:productapi:http:0) to see nodes without Redis.";
        }
    }

    private string Silent => string.Join(", ", Data.Reader.Silent.Select(Cache.NodeNames.Of));

    private protected override IEnumerable<ILive> Sources => [Data.Nodes];

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

    private string Answering => $"{(Data.Nodes.Current.Value?.Count is 1 ? "1 node answers" : $"{Data.Nodes.Current.Value?.Count ?? 0} nodes answer")}{(Silent.Length == 0 ? "" : $", not {Silent}")}";

    protected override void Dispose(bool disposing)
    {
        _asking?.Dispose();
        base.Dispose(disposing);
    }
}
