using System.Text.RegularExpressions;

namespace HotShelf.Deploy.Tests;

/// <summary>The settings that docs/configuration.md and the packages' readmes list, which other tests hold against the code.</summary>
internal static partial class Settings
{
    private static readonly string[] s_documents = ["docs/configuration.md", "src/HotShelf.Caching/README.md", "src/HotShelf.Caching.Fleet/README.md", "src/HotShelf.Caching.Postgres/README.md"];
    private static readonly List<Regex> s_keys = [.. Keys()];
    private static readonly HashSet<string> s_sections = [.. s_keys.SelectMany(static key => Beginnings(Regex.Unescape(key.ToString().TrimStart('^').Replace(@"(:\d+)?$", "", StringComparison.Ordinal))))];

    // Read by the platform, not by us: https://learn.microsoft.com/aspnet/core/fundamentals/host/web-host and the OpenTelemetry specification.
    private static readonly string[] s_platform =
        ["ASPNETCORE_URLS", "ASPNETCORE_FORWARDEDHEADERS_ENABLED", "HTTP_PORTS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"];

    /// <summary>True for a variable or a secret file that something reads.</summary>
    public static bool IsKnown(string variable)
    {
        var key = variable.Replace("__", ":", StringComparison.Ordinal);
        return s_platform.Contains(variable) || key.StartsWith("services:", StringComparison.Ordinal) || s_keys.Any(known => known.IsMatch(key));
    }

    /// <summary>True for the beginning of settings, such as the whole section <c>Worker:Warming</c>.</summary>
    public static bool HasSection(string key) => s_sections.Contains(key);

    // The first cell of each row holds one or more keys in code marks; a number at the end stands for any place in a list.
    private static IEnumerable<Regex> Keys() =>
        from document in s_documents
        from Match row in Row().Matches(Repository.Read(document))
        from Match key in Key().Matches(row.Groups[1].Value)
        select new Regex($"^{Regex.Escape(key.Groups[1].Value).Replace("<family>", "[a-z-]+", StringComparison.Ordinal)}(:\\d+)?$", RegexOptions.IgnoreCase);

    private static IEnumerable<string> Beginnings(string key)
    {
        for (var colon = key.IndexOf(':', StringComparison.Ordinal); colon > 0; colon = key.IndexOf(':', colon + 1))
            yield return key[..colon];
    }

    [GeneratedRegex(@"^\| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`([A-Z][A-Za-z]*:[^`\s]+|OTEL_[A-Z_]+)`")]
    private static partial Regex Key();
}
