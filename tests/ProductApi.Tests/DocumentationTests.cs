using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Postgres;
using HotShelf.Catalog;
using HotShelf.ProductApi.Hosting;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Security;
using HotShelf.ServiceDefaults;

namespace HotShelf.ProductApi.Tests;

/// <summary>What the documents list is what there is, neither less nor more.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void Problems_Documented_AreThoseThatThereAre()
    {
        var documented = ProblemRow().Matches(Read("problems.md")).Select(row => (row.Groups[1].Value, row.Groups[2].Value)).Order().ToList();
        Assert.Equal(ProblemType.All.Select(type => (type.Uri, $"{type.Status}")).Append(("urn:hotshelf:problem:other", "any")).Order(), documented);
    }

    [Fact]
    public void Settings_Documented_AreThoseThatThereAre()
    {
        var documented = Rows().SelectMany(row => Setting().Matches(row).Select(key => key.Groups[1].Value)).Where(key => key.Contains(':', StringComparison.Ordinal)).ToList();
        var existing = Keys<HotShelfCachingOptions>("Caching").Except(["Caching:Default", "Caching:Families", "Caching:IsFeed", "Caching:Json", "Caching:RedisConfiguration"])
            .Concat(Keys<FleetOptions>("Fleet"))
            .Concat(Keys<CatalogSetupOptions>("Catalog"))
            .Concat(Keys<CachePolicy>("Caching:Families:<family>"))
            .Concat(Keys<ServiceDefaultsOptions>("ServiceDefaults").Except(["ServiceDefaults:AuthorizeHealthDetails", "ServiceDefaults:CacheResult"]))
            .Concat(Keys<TransportOptions>("Api"))
            .Concat(Keys<RateLimitOptions.Limit>("Api:RateLimits:PerAddress")).Concat(Keys<RateLimitOptions.Limit>("Api:RateLimits:PerKey"))
            .Concat(Keys<RateLimitOptions.WrongKeyLimit>("Api:RateLimits:WrongKeys"))
            .Concat(Scopes.All.Select(scope => $"Api:Keys:{scope}"))
            .Append("Api:BareEndpoint")
            .Concat(Keys<PostgresChangeFeedOptions>("ChangeFeed"))
            .Concat(WorkerKeys());
        var connections = new[] { "ConnectionStrings:cache", "ConnectionStrings:productdb", "ConnectionStrings:sessions" };
        Assert.Equal(existing.Concat(connections).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    /// <summary>The second column: what an option is where nothing sets it. Each row has four.</summary>
    [Fact]
    public void Defaults_Documented_AreThoseOfTheOptions()
    {
        // Said in words, because they are taken from elsewhere or are lists.
        string[] inWords =
        [
            "Caching:Redis", "Catalog:SampleData", "Fleet:Address", "ServiceDefaults:DrainDelay", "ServiceDefaults:Meters", "ServiceDefaults:Sources", "ServiceDefaults:DegradedChecks",
            "Api:KnownProxies", "ChangeFeed:Slot", "ChangeFeed:Publication",
        ];
        var defaults = Defaults("Caching", new HotShelfCachingOptions())
            .Concat(Defaults("Fleet", new FleetOptions()))
            .Concat(Defaults("Catalog", new CatalogSetupOptions()))
            .Concat(Defaults("Caching:Families:<family>", new CachePolicy()))
            .Concat(Defaults("ServiceDefaults", new ServiceDefaultsOptions()))
            .Concat(Defaults("Api", new TransportOptions()))
            .Concat(Defaults("Api:RateLimits:PerAddress", new RateLimitOptions().PerAddress)).Concat(Defaults("Api:RateLimits:PerKey", new RateLimitOptions().PerKey))
            .Concat(Defaults("Api:RateLimits:WrongKeys", new RateLimitOptions().WrongKeys))
            .Concat(Defaults("ChangeFeed", new PostgresChangeFeedOptions()))
            .ToDictionary(StringComparer.Ordinal);
        var documented = Lines().Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .SelectMany(row => Setting().Matches(row[1]).Select(key => (Key: key.Groups[1].Value, Default: row[2].Trim('`'))))
            .Where(row => defaults.ContainsKey(row.Key) && !inWords.Contains(row.Key)).ToList();
        Assert.InRange(documented.Count, 50, 100);
        Assert.All(Lines(), line => Assert.Equal(6, line.Split('|').Length));
        Assert.All(documented, row => Assert.Equal(defaults[row.Key], row.Default switch
        {
            "none" => null,
            var text when bool.TryParse(text, out var value) => value,
            var text when double.TryParse(text, CultureInfo.InvariantCulture, out var value) => value,
            var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) => value,
            var text => text,
        }));
    }

    private static IEnumerable<KeyValuePair<string, object?>> Defaults<T>(string section, T options) =>
        from property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let value = property.GetValue(options)
        select new KeyValuePair<string, object?>($"{section}:{property.Name}", value is int or long ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : value);

    private static IEnumerable<string> Keys<T>(string section) => typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.Name != "EqualityContract").Select(property => $"{section}:{property.Name}");

    // The worker is another program, which this one does not reference: its options are read as text.
    private static IEnumerable<string> WorkerKeys() =>
        from file in Directory.EnumerateFiles(Path.Combine(Root(), "CacheWorker"), "*Options.cs", SearchOption.AllDirectories)
        let text = File.ReadAllText(file)
        let section = Section().Match(text)
        where section.Success
        from property in Property().Matches(text)
        select $"{section.Groups[1].Value}:{property.Groups[1].Value}";

    // The services' settings, up to those of the console, which its own tests compare, and each package's in its readme.
    private static IEnumerable<string> Lines() =>
    [
        .. Lines(Read("configuration.md").Split("\n## CacheConsole\n")[0], "| `"),
        .. Lines(Read("../src/HotShelf.Caching/README.md"), "| `Caching:"),
        .. Lines(Read("../src/HotShelf.Caching.Fleet/README.md"), "| `Fleet:"),
        .. Lines(Read("../src/HotShelf.Caching.Postgres/README.md"), "| `ChangeFeed:"),
    ];

    private static IEnumerable<string> Lines(string text, string start) => text.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal));

    private static IEnumerable<string> Rows() => Lines().Select(line => line.Split('|')[1]);

    private static string Read(string document) => File.ReadAllText(Path.Combine(Root(), "docs", document));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [GeneratedRegex(@"^\| `(urn:hotshelf:problem:[a-z-]+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex ProblemRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Setting();

    [GeneratedRegex("SectionName = \"(Worker:[^\"]+)\"")]
    private static partial Regex Section();

    [GeneratedRegex(@"public (?!const)[\w?<>]+ (\w+) \{ get;")]
    private static partial Regex Property();
}
