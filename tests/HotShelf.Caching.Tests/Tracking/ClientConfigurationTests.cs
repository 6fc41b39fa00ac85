using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;
using static HotShelf.Caching.Tests.Tracking.RecordingHandler;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>What the data connection is configured with, the tracking connection uses too.</summary>
public sealed class ClientConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-mtls-");
    private readonly X509Certificate2 _certificate;

    public ClientConfigurationTests()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=hotshelf-test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        _certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(PathOf("crt"), _certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("key"), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    [RedisFact]
    public async Task RegisteredConnection_ClientCertificateAndCallbacks_ReachTheTrackingConnection()
    {
        var port = ServerProcess.FreePort();
        await using var redis = await StartMutualTlsAsync(port);
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(MutualTls(port));
        await using var node = await Node.StartAsync(null, register: services => services.AddSingleton<IConnectionMultiplexer>(multiplexer));
        await Until.TrueAsync(() => node.Inner.CoherenceName is "tracking", "the tracking connection presents the certificate", seconds: 60);
    }

    [RedisFact]
    public async Task RedisConfiguration_ClientCertificateAndCallbacks_ServeBothConnections()
    {
        var port = ServerProcess.FreePort();
        await using var redis = await StartMutualTlsAsync(port);
        await using var node = await Node.StartAsync(null, options => options.RedisConfiguration = MutualTls(port));
        await Until.TrueAsync(() => node.Inner.CoherenceName is "tracking", "the tracking connection presents the certificate", seconds: 60);
        await node.Cache.SetAsync("product:1", "oak");
        Assert.Contains("hs:v1:product:1", await redis.CommandAsync("KEYS *product:1*"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task RedisConfiguration_TokenProvider_IsAskedAtEachConnection()
    {
        await using var redis = await RedisServer.StartAsync("--user", "shelf", "on", ">token-1", "~*", "&*", "+@all");
        var tokens = new Tokens { Current = "token-1" };
        var configuration = new ConfigurationOptions { Defaults = tokens };
        configuration.EndPoints.Add(IPAddress.Loopback, redis.Port);
        await using var node = await Node.StartAsync(null, options => options.RedisConfiguration = configuration);
        await Until.TrueAsync(() => node.Inner.CoherenceName is "tracking", "the first token is taken", seconds: 60);
        Assert.Contains("name=hotshelf-tracking", await redis.CommandAsync("CLIENT LIST"), StringComparison.Ordinal);

        tokens.Current = "token-2";
        await redis.CommandAsync("ACL SETUSER shelf resetpass >token-2");
        await redis.CommandAsync("CLIENT KILL USER shelf");
        await Until.TrueAsync(async () => (await redis.CommandAsync("CLIENT LIST")).Contains("name=hotshelf-tracking", StringComparison.Ordinal), "the second token is taken", seconds: 60);
    }

    [Fact]
    public async Task Heartbeat_TokenRenewed_AuthenticatesAgainOnTheSameConnection()
    {
        const string Hello = "%3\r\n$5\r\nproto\r\n:3\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n";
        var password = "token-1";
        var renewed = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(command =>
        {
            if (command == "AUTH shelf token-2")
                renewed.TrySetResult();
            return command switch { ['H', ..] => Hello, ['P', ..] => "+PONG\r\n", _ => "+OK\r\n" };
        });
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(((IPEndPoint)server.EndPoint).Port) with
        {
            Credentials = () => ("shelf", Volatile.Read(ref password)),
            Heartbeat = TimeSpan.FromMilliseconds(10),
        });
        Volatile.Write(ref password, "token-2");
        await renewed.Task.WaitAsync(TimeSpan.FromSeconds(40));
        Assert.DoesNotContain(Lost, fixture.Handler.All);
        Assert.Single(server.Commands, command => command.StartsWith("HELLO 3 AUTH", StringComparison.Ordinal));
    }

    private Task<RedisServer> StartMutualTlsAsync(int port) => RedisServer.StartAsync(
        "--tls-port", $"{port}", "--tls-cert-file", PathOf("crt"), "--tls-key-file", PathOf("key"), "--tls-ca-cert-file", PathOf("crt"), "--tls-auth-clients", "yes");

    private ConfigurationOptions MutualTls(int port)
    {
        var options = new ConfigurationOptions { Ssl = true, CheckCertificateRevocation = false };
        options.EndPoints.Add(IPAddress.Loopback, port);
        options.CertificateSelection += (_, _, _, _, _) => _certificate;
        options.CertificateValidation += (_, certificate, _, errors) =>
            (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && certificate!.GetCertHashString() == _certificate.GetCertHashString();
        return options;
    }

    private string PathOf(string extension) => Path.Combine(_folder.FullName, "server." + extension);

    /// <summary>As a provider of Entra tokens does it: the options ask it for the password each time.</summary>
    private sealed class Tokens : DefaultOptionsProvider
    {
        public string? Current { get; set; }

        public override string? User => "shelf";

        public override string? Password => Current;
    }
}
