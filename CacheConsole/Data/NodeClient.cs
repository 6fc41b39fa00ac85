using System.Collections.Concurrent;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>
/// Asks nodes at their own addresses: those that they told Redis (<see cref="CacheNode.Address"/>), and those of the services in the settings (<c>Services</c>). Several
/// nodes may answer at one address of a service; each tells its own address, which is asked from then on. No key is sent: who writes to Redis could name an address of his own.
/// </summary>
internal sealed class NodeClient(IConfiguration configuration, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1.5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = s_limit, PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
    {
        MaxResponseContentBufferSize = 8 * 1024 * 1024,
    };

    private volatile IReadOnlyList<CacheNode> _known = [];
    private long _workerSeen;

    /// <summary>The nodes that Redis named last; without Redis since the console's start, those that have answered at an address of a service.</summary>
    public IReadOnlyList<CacheNode> Known => _known;

    /// <summary>When a node that reads the feed was last known; null when none ever was since the console's start.</summary>
    public DateTimeOffset? WorkerSeen => Volatile.Read(ref _workerSeen) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>True when the settings name an address of a service.</summary>
    public bool HasServices => Services().Any();

    public void Remember(IReadOnlyList<CacheNode> nodes)
    {
        _known = nodes;
        if (nodes.Any(static node => node.IsFeed))
            Volatile.Write(ref _workerSeen, time.GetUtcNow().UtcTicks);
    }

    /// <summary>The report of each node that answers, at the same time and within <see cref="s_limit"/>.</summary>
    public async Task<IReadOnlyList<CacheNodeReport>> ReportsAsync(CancellationToken cancel)
    {
        var reports = new ConcurrentDictionary<string, CacheNodeReport>();
        await Task.WhenAll(_known.Select(static node => node.Address).OfType<Uri>().Concat(Services()).Distinct().Select(async address =>
        {
            if (CacheNodeReport.TryParse(await GetAsync(address, "cache/node", cancel), out var report))
                reports[report.Node.Id] = report;
        }));
        var answered = reports.Values.OrderBy(static report => report.Node.Application, StringComparer.Ordinal).ThenBy(static report => report.Node.Machine, StringComparer.Ordinal)
            .ThenBy(static report => report.Node.ProcessId).ToArray();
        Remember([.. _known.UnionBy(answered.Select(static report => report.Node), static node => node.Id)]);
        return answered;
    }

    /// <summary>What a node answers at a path; null when it does not, or not with success.</summary>
    public async Task<string?> GetAsync(Uri address, string path, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var late = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, s_limit, Timeout.InfiniteTimeSpan);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
            // A proxy before several nodes chooses one for each connection.
            request.Headers.ConnectionClose = true;
            using var answer = await _http.SendAsync(request, limit.Token);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(limit.Token) : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private IEnumerable<Uri> Services() => configuration.GetSection("Services").AsEnumerable()
        .Select(static setting => Uri.TryCreate(setting.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null).OfType<Uri>();
}
