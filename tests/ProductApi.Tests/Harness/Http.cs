using System.Text;
using System.Text.Json.Nodes;

namespace HotShelf.ProductApi.Tests.Harness;

/// <summary>Requests as tests write them.</summary>
internal static class Http
{
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, string method, string path, string? json = null, string? key = null, string? token = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        if (token is not null)
            request.Headers.Add("Authorization", $"Bearer {token}");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return client.SendAsync(request);
    }

    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    public static string CacheStatus(this HttpResponseMessage response) => response.Header("Cache-Status") ?? "";

    /// <summary>Opens a session and returns its token.</summary>
    public static async Task<string> OpenSessionAsync(this HttpClient client, string userId)
    {
        using var response = await client.SendAsync("POST", "/sessions", $$"""{"userId":"{{userId}}"}""", Keys.Sessions);
        Assert.Equal(201, (int)response.StatusCode);
        return (await response.JsonAsync())["token"]!.GetValue<string>();
    }
}
