using System.Collections.Concurrent;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>
/// Asks nodes at their own addresses: those that they told Redis (<see cref="CacheNode.Address"/>), and those of the services in the settings. No key is sent:
/// who writes to Redis could name an address of his own.
/// </summary>
internal sealed class NodeClient(IConfiguration configuration, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1.5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = s_limit, PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
    {
        MaxResponseContentBufferSize = 8 * 1024 * 1024,
    };

    private volatile IReadOnlyList<CacheNode> _known = [];

    /// <summary>The nodes that Redis named last; empty when the console started without Redis.</summary>
    public IReadOnlyList<CacheNode> Known => _known;

    public void Remember(IReadOnlyList<CacheNode> nodes) => _known = nodes;

    /// <summary>The report of each node that answers, at the same time and within <see cref="s_limit"/>.</summary>
    public async Task<IReadOnlyList<CacheNodeReport>> ReportsAsync(CancellationToken cancel)
    {
        var reports = new ConcurrentDictionary<string, CacheNodeReport>();
        await Task.WhenAll(_known.Select(static node => node.Address).OfType<Uri>().Concat(Services()).Distinct().Select(async address =>
        {
            if (CacheNodeReport.TryParse(await GetAsync(address, "cache/node", cancel), out var report))
                reports[report.Node.Id] = report;
        }));
        return [.. reports.Values.OrderBy(static report => report.Node.Application, StringComparer.Ordinal).ThenBy(static report => report.Node.Machine, StringComparer.Ordinal)
            .ThenBy(static report => report.Node.ProcessId)];
    }

    /// <summary>What a node answers at a path; null when it does not, or not with success.</summary>
    public async Task<string?> GetAsync(Uri address, string path, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var late = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, s_limit, Timeout.InfiniteTimeSpan);
        try
        {
            using var answer = await _http.GetAsync(new Uri(address, path), limit.Token);
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
