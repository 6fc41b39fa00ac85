using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Resources;

/// <summary>The calls of the engine's feed. Of its own client: streams that are never finished bear neither time limits nor repetition.</summary>
internal sealed class ResourceService : IDisposable
{
    private const string KeyHeader = "x-resource-service-api-key";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private readonly HttpClient? _client;

    public ResourceService(IOptions<ResourceServiceOptions> options)
    {
        if (options.Value.Url is not { } url)
            return;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { BaseAddress = new Uri(url), Timeout = Timeout.InfiniteTimeSpan };
        if (options.Value is { AuthMode: "ApiKey", ApiKey: { } key })
            _client.DefaultRequestHeaders.Add(KeyHeader, key);
    }

    /// <summary>False where nobody told us of an engine.</summary>
    public bool IsConfigured => _client is not null;

    private HttpClient Client => _client ?? throw new InvalidOperationException("There is no engine to ask.");

    public async Task<IReadOnlyList<ResourceInstance>> ListAsync(CancellationToken cancellationToken) =>
        await Client.GetFromJsonAsync<ResourceInstance[]>(Relative("resources"), s_json, cancellationToken) ?? [];

    /// <summary>Every instance as it is, then each time that one changes.</summary>
    public IAsyncEnumerable<ResourceInstance> WatchAsync(CancellationToken cancellationToken) => EventsAsync<ResourceInstance>("resources/watch", cancellationToken);

    /// <summary>The last lines of a resource's instances, then each new one.</summary>
    public IAsyncEnumerable<FeedLine> LinesAsync(string resource, int tail, CancellationToken cancellationToken) =>
        EventsAsync<FeedLine>($"resources/{Uri.EscapeDataString(resource)}/logs?follow=true&tail={tail}", cancellationToken);

    /// <summary>Runs a command on an instance, or on all of a resource.</summary>
    /// <exception cref="HttpRequestException">The engine cannot be reached, or does not know the resource.</exception>
    public async Task<CommandOutcome> ExecuteAsync(string name, string command, CancellationToken cancellationToken)
    {
        using var response = await Client.PostAsync(Relative($"resources/{Uri.EscapeDataString(name)}/commands/{Uri.EscapeDataString(command)}"), content: null, cancellationToken);
        // A command that failed is an answer too.
        if (response.StatusCode != HttpStatusCode.Conflict)
            response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<CommandOutcome>(s_json, cancellationToken) ?? new CommandOutcome(Success: false, Canceled: false, "The engine answered nothing.");
    }

    public void Dispose() => _client?.Dispose();

    private async IAsyncEnumerable<T> EventsAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Relative(path));
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var events = SseParser.Create(stream, static (_, data) => JsonSerializer.Deserialize<T>(data, s_json)!);
        await foreach (var item in events.EnumerateAsync(cancellationToken))
            yield return item.Data;
    }

    private static Uri Relative(string path) => new(path, UriKind.Relative);
}
