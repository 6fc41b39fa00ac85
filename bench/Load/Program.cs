using System.Globalization;
using HotShelf.Load;
using HotShelf.TestServers;

if (args.Contains("--help"))
{
    Console.WriteLine("""
        Measures the API on this machine, over a Redis and a Postgres of its own.
          --seconds N       how long each kind of traffic runs (default 5)
          --connections N   requests in flight (default 64)
          --rounds N        how often all kinds of traffic are measured in turn; ratios are medians of those of each round (default 3)
          --allocations     only count the bytes that the server allocates per request
          --compression     only: a hit in br against the same one as it is
          --telemetry       only: what telemetry costs the hit path, off against on
          --feed            only: what the change feed costs writers, and how soon a change is visible
          --delay           with --feed: only how soon a change is visible
          --disk            with --feed: PostgreSQL waits for its disk
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
    await FeedCost.MeasureAsync(Option("--worker") ?? Program("CacheWorker"), Option("--api") ?? Program("ProductApi"), time, rounds, args.Contains("--delay"), args.Contains("--disk"));
    return 0;
}

await using var api = await ApiProcess.StartAsync(Option("--api") ?? Program("ProductApi"));
var requests = new Requests(api.Key);
using var client = new HttpClient { BaseAddress = new Uri($"http://{api.Address}") };
var entityTag = (await client.GetAsync("/products/42")).Headers.ETag!.ToString();
(await client.GetAsync("/bare/42")).Dispose();

if (args.Contains("--allocations"))
{
    foreach (var (traffic, request) in new[] { ("bare endpoint, same bytes", requests.Bare), ("hit", requests.Hit), ("304", Requests.NotModified(entityTag)), ("batch of 20", requests.Batch), ("list of 50", requests.List) })
    {
        var bytes = await Allocations.PerRequestAsync(client, api.Address, request);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{traffic,-25} {bytes,8:N0} B per request"));
    }

    return 0;
}

if (args.Contains("--compression"))
{
    await Traffic.CompareAsync(
        [
            new("hit, list of 50", api, Requests.ListPath, requests.List, []),
            new("hit, list of 50, br", api, Requests.ListPath, requests.BrotliList, [Requests.Brotli]) { Baseline = 0 },
        ],
        connections, time, rounds);
    return 0;
}

var bytesOfBatch = await LengthAsync(Requests.BatchPath);
var bytesOfList = await LengthAsync(Requests.ListPath);
List<Traffic> all =
[
    new("bare endpoint, same bytes", api, "/bare/42", requests.Bare, []),
    new("hit", api, "/products/42", requests.Hit, []) { Baseline = 0 },
    new("304", api, "/products/42", Requests.NotModified(entityTag), [$"If-None-Match: {entityTag}"]) { Baseline = 0 },
    new("bare, bytes of the batch", api, $"/bare/bytes/{bytesOfBatch}", Requests.BareBytes(bytesOfBatch), []),
    new("batch of 20", api, Requests.BatchPath, requests.Batch, []) { Baseline = 3 },
    new("bare, bytes of the list", api, $"/bare/bytes/{bytesOfList}", Requests.BareBytes(bytesOfList), []),
    new("list of 50", api, Requests.ListPath, requests.List, []) { Baseline = 5 },
];
await using var tuned = await FastApiAsync(isTuned: true);
await using var plain = await FastApiAsync(isTuned: false);
if (tuned is null || plain is null)
{
    Console.WriteLine($"FastAPI is not measured: {FastApiProcess.Missing}");
}
else
{
    all.Add(new($"FastAPI, hit, {Environment.ProcessorCount} uvloop", tuned, "/products/42", requests.Hit, []) { Baseline = 1 });
    all.Add(new("FastAPI, hit, as installed", plain, "/products/42", requests.Hit, []) { Baseline = 1 });
}

await Traffic.CompareAsync(all, connections, time, rounds);
var misses = requests.Misses();
Traffic.Show("miss", await LoadRun.MeasureAsync(api.Address, connections, time, number => misses[number % misses.Length]));
var mixed = requests.Mixed(100_000);
Traffic.Show("mixed, Zipf, 1 % writes", await LoadRun.MeasureAsync(api.Address, connections, time, number => mixed[number % mixed.Length]));
return 0;

async Task<FastApiProcess?> FastApiAsync(bool isTuned) => await FastApiProcess.StartAsync(Path.Combine(Root(), "bench", "fastapi"), await client.GetStringAsync("/products/42"), isTuned);

async Task<int> LengthAsync(string path) => (await client.GetByteArrayAsync(path)).Length;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

int Number(string name, int usual) =>
    Option(name) is not { } text ? usual
    : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 3600 ? number
    : throw new ArgumentException($"{name} is '{text}'; allowed is a whole number from 1 to 3600.");

// bench/Load/bin/<configuration>/<framework>/ and <project>/bin/<configuration>/<framework>/ have the same ending.
static string Program(string project)
{
    var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
    var program = Path.Combine(Root(), project, "bin", here.Parent!.Name, here.Name, $"{project}.dll");
    return File.Exists(program) ? program : throw new FileNotFoundException($"{program} is not there: build the solution first.");
}

static string Root() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
