using System.Globalization;
using HotShelf.Load;
using HotShelf.TestServers;

if (args.Contains("--help"))
{
    Console.WriteLine("""
        Measures the API on this machine, over a Redis and a Postgres of its own.
          --seconds N       how long each kind of traffic runs (default 5)
          --connections N   requests in flight (default 64)
          --rounds N        how often hit and bare are measured in turn; the medians are compared (default 3)
          --allocations     only count the bytes that the server allocates per request
          --compression     only: a hit in br against the same one as it is
          --telemetry       only: what telemetry costs the hit path, off against on
          --feed            only: what the change feed costs writers, and how soon a change is visible
          --delay           with --feed: only how soon a change is visible
          --worker PATH     CacheWorker.dll (default: the one of this build)
          --api PATH        ProductApi.dll (default: the one of this build)
        """);
    return 0;
}

if ((RedisServer.Missing ?? PostgresServer.Missing) is { } missing)
{
    Console.Error.WriteLine(missing);
    return 1;
}

var connections = Number("--connections", 64);
var time = TimeSpan.FromSeconds(Number("--seconds", 5));
var rounds = Number("--rounds", 3);
if (args.Contains("--telemetry"))
{
    await TelemetryCost.MeasureAsync(Option("--api") ?? Program("ProductApi"), connections, time, rounds);
    return 0;
}

if (args.Contains("--feed"))
{
    await FeedCost.MeasureAsync(Option("--worker") ?? Program("CacheWorker"), Option("--api") ?? Program("ProductApi"), time, rounds, args.Contains("--delay"));
    return 0;
}

await using var api = await ApiProcess.StartAsync(Option("--api") ?? Program("ProductApi"));
var requests = new Requests(api.Key);
using var client = new HttpClient { BaseAddress = new Uri($"http://{api.Address}") };
var entityTag = (await client.GetAsync("/products/42")).Headers.ETag!.ToString();
(await client.GetAsync("/bare/42")).Dispose();

if (args.Contains("--allocations"))
{
    foreach (var (traffic, request) in new[] { ("bare endpoint, same bytes", requests.Bare), ("hit", requests.Hit), ("304", Requests.NotModified(entityTag)), ("batch of 20", requests.Batch) })
    {
        var bytes = await Allocations.PerRequestAsync(client, api.Address, request);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{traffic,-25} {bytes,8:N0} B per request"));
    }

    return 0;
}

var byWrk = await Wrk.MeasureAsync(api.Address, connections, TimeSpan.FromSeconds(2), "/products/42") is not null;
Console.WriteLine($"{Environment.ProcessorCount} processors, {connections} connections, {time.TotalSeconds:0} s each, {(byWrk ? "hit and bare by wrk, the rest" : "all")} by a client on the same machine; request log off");
Console.WriteLine();
Console.WriteLine("traffic                    requests/s    p50 ms    p99 ms    failed");
if (args.Contains("--compression"))
{
    var plain = new List<Measured>();
    var brotli = new List<Measured>();
    for (var round = 0; round < rounds; round++)
    {
        plain.Add(await OneAsync(Requests.ListPath, requests.List));
        brotli.Add(await OneAsync(Requests.ListPath, requests.BrotliList, Requests.Brotli));
    }

    Show("hit, list of 50", Median(plain));
    Show("hit, list of 50, br", Median(brotli));
    Console.WriteLine();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"br / plain: {Median(brotli).PerSecond / Median(plain).PerSecond:0.00} (wanted: 1.00 or more)"));
    return 0;
}

var bare = new List<Measured>();
var hits = new List<Measured>();
for (var round = 0; round < rounds; round++)
{
    bare.Add(await OneAsync("/bare/42", requests.Bare));
    hits.Add(await OneAsync("/products/42", requests.Hit));
}

Show("bare endpoint, same bytes", Median(bare));
Show("hit", Median(hits));
var notModified = Requests.NotModified(entityTag);
Show("304", await LoadRun.MeasureAsync(api.Address, connections, time, _ => notModified));
Show("batch of 20", await LoadRun.MeasureAsync(api.Address, connections, time, _ => requests.Batch));
var misses = requests.Misses();
Show("miss", await LoadRun.MeasureAsync(api.Address, connections, time, number => misses[number % misses.Length]));
var mixed = requests.Mixed(100_000);
Show("mixed, Zipf, 1 % writes", await LoadRun.MeasureAsync(api.Address, connections, time, number => mixed[number % mixed.Length]));
Console.WriteLine();
var ratio = Median(hits).PerSecond / Median(bare).PerSecond;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"hit / bare: {ratio:0.00} (wanted: 0.90 or more)"));
return 0;

async Task<Measured> OneAsync(string path, byte[] request, params string[] headers) =>
    byWrk ? (await Wrk.MeasureAsync(api.Address, connections, time, path, headers))! : await LoadRun.MeasureAsync(api.Address, connections, time, _ => request);

static Measured Median(List<Measured> all) => all.OrderBy(one => one.PerSecond).ElementAt(all.Count / 2);

static void Show(string traffic, Measured measured) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{traffic,-25} {measured.PerSecond,12:N0} {measured.P50,9:0.00} {measured.P99,9:0.00} {measured.Failed,9}"));

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

int Number(string name, int usual) =>
    Option(name) is not { } text ? usual
    : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 3600 ? number
    : throw new ArgumentException($"{name} is '{text}'; allowed is a whole number from 1 to 3600.");

// bench/Load/bin/<configuration>/<framework>/ and <project>/bin/<configuration>/<framework>/ have the same ending.
static string Program(string project)
{
    var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
    var root = here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
    var program = Path.Combine(root, project, "bin", here.Parent.Name, here.Name, $"{project}.dll");
    return File.Exists(program) ? program : throw new FileNotFoundException($"{program} is not there: build the solution first.");
}
