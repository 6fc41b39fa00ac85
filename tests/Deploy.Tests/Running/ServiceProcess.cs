using System.Net;
using HotShelf.TestServers;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>The API, or the worker, as a process of its own, in production's environment, with its secrets in a folder.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly ServerProcess _process;
    private readonly HttpClient _client;

    private ServiceProcess(ServerProcess process, Uri address)
    {
        _process = process;
        _client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public string Output => _process.Output;

    public Uri Address => _client.BaseAddress!;

    /// <summary>The API with sample products, when it is ready.</summary>
    public static async Task<ServiceProcess> StartAsync(SecretFolder secrets)
    {
        var api = await StartAsync(secrets, "ProductApi", "Catalog__SampleData=true");
        await api.ReadyAsync();
        return api;
    }

    /// <summary>A service, as soon as it answers.</summary>
    /// <param name="secrets">Its secrets.</param>
    /// <param name="program">The name of one of this build, or the path of another one.</param>
    /// <param name="settings">Environment variables.</param>
    public static Task<ServiceProcess> StartAsync(SecretFolder secrets, string program, params string[] settings) =>
        StartAsync(secrets, $"http://127.0.0.1:{ServerProcess.FreePort()}", program, settings);

    public static async Task<ServiceProcess> StartAsync(SecretFolder secrets, string address, string program, string[] settings)
    {
        var file = Path.Combine(AppContext.BaseDirectory, Path.IsPathRooted(program) ? program : $"{program}.dll");
        var process = await ServerProcess.StartAsync("env",
        [
            $"ServiceDefaults__SecretFiles={secrets.Path}", "DOTNET_USE_POLLING_FILE_WATCHER=true", "DOTNET_ENVIRONMENT=Production", "ServiceDefaults__DrainDelay=00:00:00",
            $"ASPNETCORE_URLS={address}", .. settings, "dotnet", file,
        ], workingDirectory: Path.GetDirectoryName(file));
        var service = new ServiceProcess(process, new Uri(address));
        await Until.TrueAsync(async () => await service.TryAsync("/alive") == HttpStatusCode.OK, () => $"alive: {service.Output}", seconds: 90);
        return service;
    }

    public Task ReadyAsync() => Until.TrueAsync(async () => await TryAsync("/ready") == HttpStatusCode.OK, () => $"ready: {Output}", seconds: 90);

    /// <summary>The status of one GET; with a key, as its holder.</summary>
    public async Task<HttpStatusCode> GetAsync(string path, string? key = null) => (await ReadAsync(path, key)).Status;

    public async Task<(HttpStatusCode Status, string Body)> ReadAsync(string path, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        using var answer = await _client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task SignalAsync(string signal) => _process.SignalAsync(signal);

    /// <summary>SIGTERM; returns when it has ended.</summary>
    public async Task TerminateAsync()
    {
        await _process.SignalAsync("TERM");
        await Until.TrueAsync(() => !_process.IsRunning, () => $"ended: {Output}");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }

    private async Task<HttpStatusCode?> TryAsync(string path)
    {
        try
        {
            return await GetAsync(path);
        }
        catch (HttpRequestException)
        {
            Assert.True(_process.IsRunning, Output);
            return null;
        }
    }
}
