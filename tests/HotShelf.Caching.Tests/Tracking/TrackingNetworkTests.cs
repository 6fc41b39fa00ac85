using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Redis.Tracking;
using HotShelf.TestServers;
using static HotShelf.Caching.Tests.Tracking.RecordingHandler;

namespace HotShelf.Caching.Tests.Tracking;

public class TrackingNetworkTests
{
    [RedisFact]
    public async Task OnInvalidated_OneByteAtATime_KeysAreWhole()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(redis.Port, chunk: 1);
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(proxy.Port));
        var key = "{t:1}" + new string('k', 300);
        await redis.CommandAsync($"MSET {key} a {{t:2}} b");
        string[] told = [await fixture.Handler.NextAsync(), await fixture.Handler.NextAsync()];
        Assert.Equal(["{t:1}" + new string('k', 300), "{t:2}"], told.Order(StringComparer.Ordinal));
        await redis.CommandAsync("FLUSHALL");
        await fixture.Handler.ExpectAsync(Flushed);
    }

    [RedisFact]
    public async Task Start_ConnectionCutRepeatedly_ReportsEachChangeOrTheLoss()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(redis.Port, chunk: 7);
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(proxy.Port) with { MaxBackoff = TimeSpan.FromMilliseconds(20) });
        var random = new Random(3);
        var losses = 0;
        for (var write = 0; write < 400; write++)
        {
            var key = $"{{t:{write}}}";
            var writing = redis.CommandAsync($"SET {key} a");
            if (random.Next(10) == 0)
                proxy.Cut();
            await writing;
            // In between come the names of keys that were told after all, before a loss that had been seen already.
            string told;
            do
            {
                told = await fixture.Handler.NextAsync();
            }
            while (told != key && told != Lost);

            if (told == Lost)
            {
                losses++;
                await fixture.Handler.WaitForAsync(Established);
            }
        }

        Assert.InRange(losses, 5, 80);
    }

    [RedisFact]
    public async Task Heartbeat_NetworkGoesSilent_LostThoughTheSocketStaysOpen()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(redis.Port);
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(proxy.Port) with { AnswerTimeout = TimeSpan.FromMilliseconds(500) });
        proxy.IsSilent = true;
        await fixture.Handler.ExpectAsync(Lost);
        Assert.Contains("no answer to PING", fixture.Logger.Entries.Last().Message, StringComparison.Ordinal);
        proxy.IsSilent = false;
        await fixture.Handler.ExpectAsync(Established);
    }

    [RedisFact]
    public async Task Start_TlsWithATrustedCertificate_IsEstablished()
    {
        using var certificates = new ServerCertificate();
        await using var redis = await certificates.StartServerAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(certificates.Options());
        await redis.CommandAsync("SET {t:1} a");
        await fixture.Handler.ExpectAsync("{t:1}");
        await redis.KillAsync();
        await fixture.Handler.ExpectAsync(Lost);
        await redis.RestartAsync();
        await fixture.Handler.ExpectAsync(Established);
    }

    [RedisFact]
    public async Task Start_TlsWithAnUntrustedCertificate_NeverEstablishedAndLogsTheReason()
    {
        using var certificates = new ServerCertificate();
        await using var redis = await certificates.StartServerAsync();
        await using var fixture = ListenerFixture.Start(certificates.Options() with { Tls = static host => new() { TargetHost = host } });
        await Until.TrueAsync(() => fixture.Logger.Count(Log.TrackingUnreachableId) == 1);
        Assert.Contains("certificate", fixture.Logger.Entries.Single().Message, StringComparison.Ordinal);
        Assert.Empty(fixture.Handler.All);
    }

    [RedisFact]
    public async Task Start_TlsToAPlainPort_GivesUpInTime()
    {
        await using var redis = await RedisServer.StartAsync();
        var options = ListenerFixture.Options(redis.Port) with { Tls = static host => new() { TargetHost = host }, ConnectTimeout = TimeSpan.FromMilliseconds(300) };
        await using var fixture = ListenerFixture.Start(options);
        await Until.TrueAsync(() => fixture.Logger.Count(Log.TrackingUnreachableId) == 1);
    }

    [Fact]
    public async Task Start_ServerAcceptsAndDoesNotAnswer_TimesOutAndRetries()
    {
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        var options = ListenerFixture.Options(((IPEndPoint)silent.LocalEndPoint!).Port) with { AnswerTimeout = TimeSpan.FromMilliseconds(50) };
        await using var fixture = ListenerFixture.Start(options);
        await Until.TrueAsync(() => fixture.Logger.Count(Log.TrackingUnreachableId) == 1);
        Assert.Contains("no answer to HELLO within 0.05 s", fixture.Logger.Entries.Single().Message, StringComparison.Ordinal);
        using var first = await silent.AcceptAsync();
        using var second = await silent.AcceptAsync();
    }

    /// <summary>A certificate for 127.0.0.1 that only this test trusts, and a server that shows it.</summary>
    private sealed class ServerCertificate : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-tls-");
        private readonly X509Certificate2 _certificate;
        private readonly int _port = ServerProcess.FreePort();

        public ServerCertificate()
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=hotshelf-test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            var now = TimeProvider.System.GetUtcNow();
            _certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            File.WriteAllText(CertificateFile, _certificate.ExportCertificatePem());
            File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        }

        private string CertificateFile => Path.Combine(_folder.FullName, "server.crt");

        private string KeyFile => Path.Combine(_folder.FullName, "server.key");

        public Task<RedisServer> StartServerAsync() => RedisServer.StartAsync(
            "--tls-port", $"{_port}", "--tls-cert-file", CertificateFile, "--tls-key-file", KeyFile, "--tls-ca-cert-file", CertificateFile, "--tls-auth-clients", "no");

        private SslClientAuthenticationOptions Tls(string host) => new() { TargetHost = host, RemoteCertificateValidationCallback = IsOurs };

        public TrackingOptions Options() => ListenerFixture.Options(_port) with { Tls = Tls };

        public void Dispose()
        {
            _certificate.Dispose();
            _folder.Delete(recursive: true);
        }

        /// <summary>The authority may be unknown, but the name must fit and the certificate be the very one.</summary>
        private bool IsOurs(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
            (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && certificate!.GetCertHashString() == _certificate.GetCertHashString();
    }
}
