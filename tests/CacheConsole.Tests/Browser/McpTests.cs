using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using HotShelf.TestServers;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>The questions of the pages, asked by a program.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class McpTests(ConsoleSystem system)
{
    [BrowserTheory]
    [InlineData("hit_ratio", """{"family":"product","minutes":15}""", "hitRatio")]
    [InlineData("hot_keys", """{"count":5}""", "product:")]
    [InlineData("describe_key", """{"key":"product:5"}""", "category:")]
    [InlineData("recent_changes", """{"count":50}""", "Node started")]
    [InlineData("consistency", "{}", "hotshelf_productdb")]
    public async Task Tool_WithTheToken_AnswersAsThePages(string tool, string arguments, string expected)
    {
        await system.GetAsync("/products/5");
        using var answer = await SendAsync("/mcp", ConsoleProcess.Token, "tools/call", $$"""{"name":"{{tool}}","arguments":{{arguments}}}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"isError\":true", text, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Tools_All_OnlyRead()
    {
        using var answer = await SendAsync($"/mcp?t={ConsoleProcess.Token}", null, "tools/list", "{}");
        var text = await answer.Content.ReadAsStringAsync();
        using var json = JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]);
        var tools = json.RootElement.GetProperty("result").GetProperty("tools").EnumerateArray().ToArray();
        Assert.Equal(5, tools.Length);
        Assert.All(tools, tool => Assert.True(tool.GetProperty("annotations").GetProperty("readOnlyHint").GetBoolean()));
    }

    [BrowserTheory]
    [InlineData("/mcp", null)]
    [InlineData("/mcp", "this is not the token")]
    [InlineData("/mcp?t=wrong", null)]
    public async Task Endpoint_WithoutTheToken_IsClosed(string path, string? token)
    {
        using var answer = await SendAsync(path, token, "tools/list", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [BrowserFact]
    public async Task Token_AsBearer_OpensNoPage()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = system.Console };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ConsoleProcess.Token);
        using var answer = await http.GetAsync(new Uri("/cache/nodes", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [BrowserFact]
    public async Task WrongTokens_Many_AreSlowedDownAndNeverKeepTheRightOneOut()
    {
        await using var console = await ConsoleProcess.StartAsync(system.ConsoleSettings);
        using var leaving = new CancellationTokenSource();
        var wrong = Enumerable.Range(0, 40).Select(i => SendAsync("/mcp", $"wrong{i}", "tools/list", "{}", console.Address, leaving.Token)).ToArray();
        await Until.TrueAsync(() => wrong.Any(static one => one.IsCompletedSuccessfully && one.Result.StatusCode == HttpStatusCode.TooManyRequests));
        var refused = wrong.First(static one => one.IsCompletedSuccessfully && one.Result.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.NotNull((await refused).Headers.RetryAfter);
        using var right = await SendAsync("/mcp", ConsoleProcess.Token, "tools/list", "{}", console.Address);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        // A program without a token has guessed nothing.
        using var none = await SendAsync("/mcp", null, "tools/list", "{}", console.Address);
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        await leaving.CancelAsync();
        await Task.WhenAll(wrong).ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (var one in wrong.Where(static one => one.IsCompletedSuccessfully))
            (await one).Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string? token, string method, string parameters, Uri? console = null, CancellationToken cancel = default)
    {
        using var http = new HttpClient { BaseAddress = console ?? system.Console };
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request, cancel);
    }
}
