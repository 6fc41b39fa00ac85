using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.AppHostTests;

public sealed class ControlServerTests : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private readonly CancellationTokenSource _limit = new(SampleApplication.Limit);
    private DistributedApplication? _application;

    private DistributedApplication Application => _application!;

    private AppHostSpace Space => Application.Services.GetRequiredService<AppHostSpace>();

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null || PostgresServer.Missing is not null)
            return;
        _application = await SampleApplication.StartAsync();
        var address = _application.Services.GetRequiredService<ControlAddress>();
        _client.BaseAddress = address.Url;
        _client.DefaultRequestHeaders.Add(ControlAddress.KeyHeader, address.Key);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _limit.Dispose();
        if (_application is not null)
            await _application.DisposeAsync();
    }

    [ServersFact]
    public async Task Request_WithoutTheKeyOfTheRun_IsRefused()
    {
        using var stranger = new HttpClient { BaseAddress = _client.BaseAddress };
        foreach (var path in (string[])["/status", "/resources", "/resources/cache/logs", "/nothing"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(new Uri(path, UriKind.Relative), _limit.Token)).StatusCode);
        stranger.DefaultRequestHeaders.Add(ControlAddress.KeyHeader, "a guess");
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync(new Uri("/resources/cache/commands/resource-stop", UriKind.Relative), null, _limit.Token)).StatusCode);
        Assert.True(_client.BaseAddress!.IsLoopback);
    }

    [ServersFact]
    public void RunFile_HoldsTheAddressAndTheKeyForItsOwnerOnly()
    {
        var file = Path.Combine(Space.Root, RunFile.Name);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var lines = File.ReadAllLines(file);
        Assert.Equal($"# {_client.BaseAddress!.GetLeftPart(UriPartial.Authority)} {Environment.ProcessId}", lines[0]);
        Assert.Equal($"header = \"{ControlAddress.KeyHeader}: {Application.Services.GetRequiredService<ControlAddress>().Key}\"", lines[1]);
    }

    [ServersFact]
    public async Task Resources_TellEveryInstanceAndNoSecret()
    {
        var text = await _client.GetStringAsync(new Uri("/resources", UriKind.Relative), _limit.Token);
        var resources = JsonDocument.Parse(text).RootElement.EnumerateArray().ToArray();
        var replicas = resources.Where(r => r.GetProperty("resource").GetString() == "productapi").ToArray();
        Assert.Equal(3, replicas.Length);
        Assert.All(replicas, r => Assert.Equal(("Running", "Healthy"), (r.GetProperty("state").GetString(), r.GetProperty("health").GetString())));
        Assert.All(replicas, r => Assert.True(r.GetProperty("isReady").GetBoolean()));
        Assert.All(replicas, r => Assert.Equal(Application.GetEndpoint("productapi").ToString().TrimEnd('/'), r.GetProperty("urls")[0].GetProperty("address").GetString()));
        var environment = replicas[0].GetProperty("environment").EnumerateArray().ToDictionary(v => v.GetProperty("name").GetString()!);
        Assert.Equal("localhost", environment["CACHE_HOST"].GetProperty("text").GetString());
        foreach (var secret in (string[])["CACHE_PASSWORD", "CACHE_URI", "ConnectionStrings__cache", "PRODUCTDB_PASSWORD", "PRODUCTDB_URI", "ConnectionStrings__productdb", "Api__Key"])
        {
            Assert.True(environment[secret].GetProperty("isSecret").GetBoolean(), secret);
            Assert.False(environment[secret].TryGetProperty("text", out _), secret);
        }

        var connection = await Application.GetConnectionStringAsync("productdb", _limit.Token);
        Assert.DoesNotContain(new Npgsql.NpgsqlConnectionStringBuilder(connection).Password!, text, StringComparison.Ordinal);
        Assert.DoesNotContain(PasswordOf(await Application.GetConnectionStringAsync("cache", _limit.Token)), text, StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Start_OfAKilledServer_IsThereAgainWithPortAndPassword()
    {
        var connection = (await Application.GetConnectionStringAsync("cache", _limit.Token))!;
        var connected = new TaskCompletionSource();
        var watched = WatchAsync("cache", connected);
        await connected.Task.WaitAsync(_limit.Token);
        await KillAsync("cache");
        await Application.ResourceNotifications.WaitForResourceAsync("cache", KnownResourceStates.Exited, _limit.Token);
        var table = await _client.GetStringAsync(new Uri("/status", UriKind.Relative), _limit.Token);
        Assert.Matches("cache +Exited", table);

        var answer = await _client.PostAsync(new Uri("/resources/cache/commands/resource-start?wait=true", UriKind.Relative), null, _limit.Token);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(_limit.Token)).GetProperty("success").GetBoolean());
        Assert.Matches("cache +Running \\(healthy\\)", await _client.GetStringAsync(new Uri("/status", UriKind.Relative), _limit.Token));
        Assert.Equal(connection, await Application.GetConnectionStringAsync("cache", _limit.Token));
        var port = Application.GetEndpoint("cache").Port;
        Assert.Contains("PONG", await RawRedis.AskAsync(port, $"AUTH {PasswordOf(connection)}\r\nPING\r\n", "PONG"), StringComparison.Ordinal);
        Assert.Equal(["Running", "Exited", "Starting", "Running"], await watched);
    }

    [ServersFact]
    public async Task Logs_AsEvents_TellTimeAndInstanceOfEachLine()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/resources/productapi/logs?tail=1");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await _client.SendAsync(request, _limit.Token);
        var text = await response.Content.ReadAsStringAsync(_limit.Token);
        var lines = text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line[6..]).RootElement).ToArray();
        Assert.True(lines.Length >= 3, text);
        Assert.All(lines, line => Assert.StartsWith("productapi", line.GetProperty("instance").GetString(), StringComparison.Ordinal));
        Assert.Equal(3, lines.Select(line => line.GetProperty("instance").GetString()).Where(instance => instance != "productapi").Distinct().Count());
        Assert.All(lines, line => Assert.True(line.GetProperty("time").GetDateTimeOffset() > DateTimeOffset.UnixEpoch));
    }

    [ServersFact]
    public async Task Logs_Followed_GoOnAfterWhatIsThere()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/resources/cache/logs?follow=true&tail=1");
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _limit.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_limit.Token));
        Assert.NotEmpty((await reader.ReadLineAsync(_limit.Token))!);
        await KillAsync("cache");
        string? line;
        while ((line = await reader.ReadLineAsync(_limit.Token)) is not null && !line.Contains("Ended with exit code 137", StringComparison.Ordinal)) ;
        Assert.NotNull(line);

        var lines = await _client.GetStringAsync(new Uri("/resources/cache/logs?tail=2", UriKind.Relative), _limit.Token);
        Assert.Equal(2, lines.TrimEnd().Split('\n').Length);
    }

    [ServersFact]
    public async Task Request_ForSomethingUnknown_SaysWhatThereIs()
    {
        var resource = await _client.PostAsync(new Uri("/resources/nobody/commands/resource-start", UriKind.Relative), null, _limit.Token);
        Assert.Equal(HttpStatusCode.NotFound, resource.StatusCode);
        Assert.Contains("There are: cache, postgres, productdb, productapi, worker.", await resource.Content.ReadAsStringAsync(_limit.Token), StringComparison.Ordinal);
        var command = await _client.PostAsync(new Uri("/resources/cache/commands/dance", UriKind.Relative), null, _limit.Token);
        Assert.Equal(HttpStatusCode.Conflict, command.StatusCode);
        Assert.Contains("dance", await command.Content.ReadAsStringAsync(_limit.Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await _client.GetAsync(new Uri("/resources/cache/logs?tail=-1", UriKind.Relative), _limit.Token)).StatusCode);
    }

    private static string PasswordOf(string? redis) => redis!.Split("password=")[1];

    private async Task KillAsync(string resource)
    {
        var running = await Application.ResourceNotifications.WaitForResourceAsync(resource, e => e.Snapshot.State?.Text == KnownResourceStates.Running, _limit.Token);
        using var kill = System.Diagnostics.Process.Start("kill", ["-9", $"{running.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value}"]);
        await kill.WaitForExitAsync(_limit.Token);
    }

    // The states that the stream tells of a resource until it is healthy a second time.
    private async Task<List<string>> WatchAsync(string resource, TaskCompletionSource connected)
    {
        var states = new List<string>();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/resources/watch");
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _limit.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_limit.Token));
        while (await reader.ReadLineAsync(_limit.Token) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var change = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            var state = change.GetProperty("state").GetString()!;
            if (change.GetProperty("resource").GetString() == resource && states.LastOrDefault() != state)
                states.Add(state);
            if (states.Count == 1)
                connected.TrySetResult();
            if (states.Count == 4)
                break;
        }

        return states;
    }
}
