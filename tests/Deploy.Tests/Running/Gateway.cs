using System.Text.RegularExpressions;
using HotShelf.TestServers;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>A fact that needs Redis, Postgres and HAProxy; without them it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class GatewayFactAttribute : FactAttribute
{
    public static readonly string? Program = Programs.Find("haproxy", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin");

    public GatewayFactAttribute() => Skip = RedisServer.Missing ?? PostgresServer.Missing ?? (Program is not null || Programs.IsCI ? null : "haproxy is not installed: install the package haproxy");
}

/// <summary>HAProxy with the configuration of the composition. Only what names the composition's network is another.</summary>
internal static partial class Gateway
{
    public static Task<(ServerProcess Process, Uri Address)> StartAsync(DirectoryInfo folder, params Uri[] replicas) => StartAsync(folder, authority: null, replicas);

    /// <param name="folder">For its configuration.</param>
    /// <param name="authority">The file of the certificate authority of replicas that speak HTTPS.</param>
    /// <param name="replicas">Their addresses.</param>
    public static async Task<(ServerProcess Process, Uri Address)> StartAsync(DirectoryInfo folder, string? authority, params Uri[] replicas)
    {
        var port = ServerProcess.FreePort();
        var shipped = Repository.Read("deploy/compose/haproxy.cfg");
        var configuration = ReplicaLine().Replace(shipped, match => string.Join("\n    ", replicas.Select((replica, number) => $"server replica{number + 1} {replica.Authority} {match.Groups[1].Value}")));
        configuration = configuration[..configuration.IndexOf("frontend cacheconsole", StringComparison.Ordinal)].Replace("bind :8080", $"bind 127.0.0.1:{port}", StringComparison.Ordinal);
        Assert.Contains($"server replica{replicas.Length} ", configuration, StringComparison.Ordinal);
        var file = Path.Combine(folder.FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(file, configuration);
        var program = GatewayFactAttribute.Program ?? throw new InvalidOperationException("haproxy is not installed, and CI=true does not allow to skip");
        string[] environment = authority is null ? [] : [$"HOTSHELF_INSIDE_CA={authority}"];
        return (await ServerProcess.StartAsync("env", [.. environment, program, "-db", "-f", file]), new Uri($"http://127.0.0.1:{port}"));
    }

    [GeneratedRegex("server-template replica 10 productapi:(?:8080|8443) (.*) resolvers engine init-addr none")]
    private static partial Regex ReplicaLine();
}
