using System.Net;
using System.Security.Cryptography;
using System.Text;
using HotShelf.TestServers;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>The steps of docs/operations.md, "Replacing keys and passwords", on the shipped program and real servers.</summary>
public sealed class RotationTests(Installation installation) : IClassFixture<Installation>, IDisposable
{
    private const string Stats = "/cache/stats";
    private readonly SecretFolder _secrets = new();

    [ServersFact]
    public async Task ApiKey_Replaced_FailsNobodyWhoHoldsAValidOne()
    {
        await installation.RestoreUsersAsync();
        var old = installation.ApiKey;
        const string Next = "the-key-that-comes-after-it";
        _secrets.Write(Given(old));
        await using var api = await ServiceProcess.StartAsync(_secrets);
        Assert.Equal(HttpStatusCode.OK, await api.GetAsync(Stats, old));
        Assert.Equal(HttpStatusCode.Unauthorized, await api.GetAsync(Stats, Next));

        // A bad edit locks no client out.
        _secrets.Write(Given("short"));
        await Until.TrueAsync(() => api.Output.Contains("ApiKeysRejected", StringComparison.Ordinal), () => $"the bad key is told of: {api.Output}");
        Assert.Equal(HttpStatusCode.OK, await api.GetAsync(Stats, old));

        // Both are valid from here on, and callers change over.
        _secrets.Write(Given(old).Append(("Api__Keys__admin__1", Next)));
        await Until.TrueAsync(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await api.GetAsync(Stats, old));
            return await api.GetAsync(Stats, Next) == HttpStatusCode.OK;
        }, () => $"the new key is taken up: {api.Output}");

        _secrets.Write(Given(Next));
        await Until.TrueAsync(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await api.GetAsync(Stats, Next));
            // Wrong keys are limited for each address, right ones are not.
            return await api.GetAsync(Stats, old) is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests;
        }, () => $"the old key is refused: {api.Output}");
    }

    [ServersFact]
    public async Task RedisPassword_Replaced_TakesTheCacheFromNoReplica()
    {
        await installation.RestoreUsersAsync();
        var old = installation.Password;
        const string Next = "ThePasswordThatComesAfterIt";
        _secrets.Write(Given(installation.ApiKey, old));
        await using var before = await ServiceProcess.StartAsync(_secrets);
        await CachesAsync(before);

        // 1. Both are valid.
        await installation.EditUsersAsync(text => text.Replace(Hash(old), $"{Hash(old)} {Hash(Next)}", StringComparison.Ordinal));
        await CachesAsync(before);

        // 2. The replicas take the new one, one after another.
        _secrets.Write(Given(installation.ApiKey, Next));
        await using var after = await ServiceProcess.StartAsync(_secrets);
        await CachesAsync(after);
        await CachesAsync(before);
        await before.TerminateAsync();

        // 3. The old one ends.
        await installation.EditUsersAsync(text => text.Replace($"{Hash(old)} ", "", StringComparison.Ordinal));
        await CachesAsync(after);
        Assert.StartsWith("-WRONGPASS", await installation.Redis.CommandAsync($"AUTH {old}"), StringComparison.Ordinal);
        Assert.StartsWith("+OK", await installation.Redis.CommandAsync($"AUTH {Next}"), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task RedisUsers_AsMade_MayDoWhatACacheDoesAndNoMore()
    {
        await installation.RestoreUsersAsync();
        Assert.StartsWith("-NOAUTH", await installation.Redis.CommandAsync("GET anything"), StringComparison.Ordinal);
        foreach (var command in (string[])["FLUSHALL", "CONFIG SET maxmemory 1", "KEYS *", "ACL LIST", "SHUTDOWN", "DEBUG SLEEP 1"])
            Assert.StartsWith("-NOPERM", await installation.AsAsync($"AUTH {installation.Password}", command), StringComparison.Ordinal);
        Assert.Equal("+PONG", await installation.AsAsync("AUTH probe probe", "PING"));
        Assert.StartsWith("-NOPERM", await installation.AsAsync("AUTH probe probe", "GET anything"), StringComparison.Ordinal);
    }

    public void Dispose() => _secrets.Dispose();

    private IEnumerable<(string Name, string Text)> Given(string key, string? password = null) =>
    [
        ("Api__Keys__admin", key),
        ("ConnectionStrings__cache", $"127.0.0.1:{installation.Redis.Port},password={password ?? installation.Password}"),
        ("ConnectionStrings__productdb", installation.Database),
    ];

    /// <summary>A replica that answers, uses Redis and hears of its changes.</summary>
    private async Task CachesAsync(ServiceProcess api)
    {
        var last = "";
        await Until.TrueAsync(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await api.GetAsync($"/products/{Random.Shared.Next(1, 10_000)}"));
            (var status, last) = await api.ReadAsync(Stats, installation.ApiKey);
            Assert.Equal(HttpStatusCode.OK, status);
            return last.Contains("\"coherence\":\"tracking\"", StringComparison.Ordinal) && last.Contains("\"remoteState\":\"closed\"", StringComparison.Ordinal);
        }, () => $"the cache works: {last} {api.Output}");
    }

    private static string Hash(string password) => "#" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(password)));
}
