using System.Net;
using System.Net.WebSockets;
using Microsoft.Playwright;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>Nothing is seen without the token, and nothing is reachable from another site.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class SignInTests(ConsoleSystem system)
{
    [BrowserFact]
    public async Task DeepLink_NotSignedIn_LeadsThereAfterTheToken()
    {
        await using var context = await system.Browser.NewContextAsync();
        context.SetDefaultTimeout(BrowserPage.Patience);
        var page = new BrowserPage(context, await context.NewPageAsync());
        await page.Page.GotoAsync($"{system.Console}cache/keys?key=product:1");
        await page.Page.GetByLabel("Token").FillAsync("this is not the token");
        await page.Button("Sign in").ClickAsync();
        await page.SeesAsync("This is not the token of this console");
        Assert.Empty(await page.BarriersAsync());
        await page.Page.GetByLabel("Token").FillAsync(ConsoleProcess.Token);
        await page.Button("Sign in").ClickAsync();
        await BrowserPage.SeesAsync(page.Page.GetByRole(AriaRole.Heading, new() { Name = "product:1", Exact = true }));
        Assert.EndsWith("/cache/keys?key=product:1", page.Page.Url, StringComparison.Ordinal);
        await page.LiveAsync();
        await page.Button("Sign out").ClickAsync();
        await BrowserPage.SeesAsync(page.Page.GetByLabel("Token"));
        await page.Page.GotoAsync($"{system.Console}cache/nodes");
        await BrowserPage.SeesAsync(page.Page.GetByLabel("Token"));
    }

    [BrowserFact]
    public async Task Requests_WithoutCookie_GetNothing()
    {
        using var http = Client();
        foreach (var path in (string[])["/", "/cache/nodes", "/_blazor/negotiate?negotiateVersion=1", "/nowhere"])
        {
            using var answer = await http.SendAsync(new HttpRequestMessage(path.StartsWith("/_", StringComparison.Ordinal) ? HttpMethod.Post : HttpMethod.Get, path));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        using var asked = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/cache/nodes") { Headers = { { "Accept", "text/html" } } });
        Assert.Equal((HttpStatusCode.Found, "/login?returnUrl=%2Fcache%2Fnodes"), (asked.StatusCode, asked.Headers.Location!.OriginalString));
        // What machines ask.
        foreach (var path in (string[])["/alive", "/ready", "/health", "/metrics"])
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
    }

    [BrowserFact]
    public async Task SignedIn_CookieAndHeaders_KeepOthersOut()
    {
        using var http = Client();
        using var entered = await http.GetAsync(new Uri($"/login?t={ConsoleProcess.Token}", UriKind.Relative));
        var cookie = Assert.Single(entered.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        http.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        using var page = await http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotMatch("<script(?![^>]*src=)", html);
        Assert.DoesNotMatch(" style=\"", html);
        Assert.DoesNotMatch("(?:src|href)=\"https?:", html);

        using var foreign = await http.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1") { Headers = { { "Origin", "http://localhost:1" } } });
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        using var forged = await http.PostAsync(new Uri("/logout", UriKind.Relative), new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }

    [BrowserFact]
    public async Task WebSocket_FromAnotherOrigin_IsRefused()
    {
        using var http = Client();
        using var entered = await http.GetAsync(new Uri($"/login?t={ConsoleProcess.Token}", UriKind.Relative));
        var cookie = entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        foreach (var (origin, status) in new[] { ("http://localhost:1", HttpStatusCode.Forbidden), (system.Console.GetLeftPart(UriPartial.Authority), HttpStatusCode.SwitchingProtocols) })
        {
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Origin", origin);
            socket.Options.SetRequestHeader("Cookie", cookie);
            socket.Options.CollectHttpResponseDetails = true;
            try
            {
                await socket.ConnectAsync(new UriBuilder(system.Console) { Scheme = "ws", Path = "/_blazor" }.Uri, CancellationToken.None);
            }
            catch (WebSocketException) when (status == HttpStatusCode.Forbidden)
            {
                // Refused, as it must be.
            }

            Assert.Equal(status, socket.HttpStatusCode);
        }
    }

    private HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = system.Console };
}
