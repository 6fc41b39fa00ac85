using System.Net;
using System.Text.Json;
using Polly.CircuitBreaker;

namespace HotShelf.CacheConsole.Actions;

/// <summary>The answer of the API's <c>/health</c>.</summary>
/// <param name="Status"><c>Healthy</c>, <c>Degraded</c> or <c>Unhealthy</c>.</param>
internal sealed record ApiHealth(string Status);

/// <summary>The API's calls for operators, by its key with the scope <c>admin</c>.</summary>
internal sealed class ApiClient(HttpClient http)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public Task InvalidateKeyAsync(string key, CancellationToken cancel) => SendAsync(HttpMethod.Delete, $"cache/entries/{Segment(key)}", cancel);

    public Task InvalidateTagAsync(string tag, CancellationToken cancel) => SendAsync(HttpMethod.Post, $"cache/tags/{Segment(tag)}/invalidate", cancel);

    public Task InvalidateFamilyAsync(string family, CancellationToken cancel) => SendAsync(HttpMethod.Post, $"cache/families/{Segment(family)}/invalidate", cancel);

    public Task BumpVersionAsync(CancellationToken cancel) => SendAsync(HttpMethod.Post, "cache/version/bump", cancel);

    public Task WarmAsync(CancellationToken cancel) => SendAsync(HttpMethod.Post, "cache/warm", cancel);

    /// <summary>What the API says of itself at <c>/health</c>, by whichever replica answers.</summary>
    /// <exception cref="HttpRequestException">No replica answers.</exception>
    public async ValueTask<ApiHealth> HealthAsync(CancellationToken cancel)
    {
        using var answer = await http.GetAsync(new Uri("health", UriKind.Relative), cancel);
        return (await answer.Content.ReadFromJsonAsync<ApiHealth>(s_json, cancel))!;
    }

    private async Task SendAsync(HttpMethod method, string path, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var answer = await http.SendAsync(request, cancel);
            if (!answer.IsSuccessStatusCode)
                throw new ActionFailedException(await ReasonAsync(answer, cancel));
        }
        catch (Exception exception) when (exception is HttpRequestException or BrokenCircuitException)
        {
            throw new ActionFailedException("The API cannot be reached.", exception);
        }
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            return "The API does not accept the console's key: give it one with the scope 'admin' as Api:Key.";
        if (string.Equals(answer.Content.Headers.ContentType?.MediaType, "application/problem+json", StringComparison.OrdinalIgnoreCase))
        {
            var problem = await answer.Content.ReadFromJsonAsync<ProblemText>(s_json, cancel);
            return problem?.Detail ?? problem?.Title ?? $"The API answered {(int)answer.StatusCode}.";
        }

        return $"The API answered {(int)answer.StatusCode}.";
    }

    // Escaped once: the API unescapes names itself, as they were sent.
    private static string Segment(string name) => Uri.EscapeDataString(name);

    private sealed record ProblemText(string? Title, string? Detail);
}

/// <summary>Whether the console knows the API and has a key for it; without them it is read-only.</summary>
internal sealed class ApiAddress(IConfiguration configuration)
{
    /// <summary>The service's name; where it is, service discovery knows.</summary>
    public const string Service = "productapi";

    public string? Key => configuration["Api:Key"];

    /// <summary>True when an address of the API is configured.</summary>
    public bool IsKnown => configuration.GetSection($"Services:{Service}").GetChildren().Any();

    /// <summary>What is missing for actions; null when nothing is.</summary>
    public string? MissingBecause =>
        !IsKnown ? $"The address of the API is not set: start the console with --Api http://host:port (or Services:{Service}:http:0)."
        : string.IsNullOrEmpty(Key) ? "The console has no API key: give it one with the scope 'admin' as Api:Key."
        : null;
}

/// <summary>An action was not done; the message tells the operator why.</summary>
internal sealed class ActionFailedException(string message, Exception? inner = null) : Exception(message, inner);
