using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>What the AppHost's own command line means; every other switch is configuration.</summary>
internal static class CommandLine
{
    private static readonly Dictionary<string, string> s_switches = new(StringComparer.OrdinalIgnoreCase)
    {
        ["--publisher"] = "Publishing:Publisher",
        ["--output-path"] = "Publishing:OutputPath",
        ["--operation"] = "AppHost:Operation",
        ["--step"] = "Pipeline:Step",
    };

    /// <summary>The known switches by their configuration keys, so that <c>--publisher manifest</c> and <c>--publisher=manifest</c> both work.</summary>
    public static string[] ForConfiguration(string[]? arguments) =>
        [.. (arguments ?? []).Select(argument =>
        {
            var name = argument.Split('=', 2);
            return s_switches.TryGetValue(name[0], out var key) ? $"--{key}{(name.Length == 2 ? "=" + name[1] : "")}" : argument;
        })];

    public static DistributedApplicationOperation OperationOf(IConfiguration configuration) =>
        configuration["Publishing:Publisher"] is not null || string.Equals(configuration["AppHost:Operation"], "publish", StringComparison.OrdinalIgnoreCase)
            ? DistributedApplicationOperation.Publish
            : DistributedApplicationOperation.Run;
}
