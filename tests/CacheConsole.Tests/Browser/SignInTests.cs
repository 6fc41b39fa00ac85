using System.Net;
using System.Net.WebSockets;
using HotShelf.TestServers;
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
    public async Task SignOut_OnOnePage_EndsTheOthersAndTheCookie()
    {
        await using var first = await system.OpenAsync("cache/nodes");
        await using var other = await system.OpenAsync("cache/nodes");
        var second = new BrowserPage(first.Page.Context, await first.Page.Context.NewPageAsync());
        await second.Page.GotoAsync($"{system.Console}cache/redis");
        await second.LiveAsync();
        var name = $"hotshelf-{system.Console.Port}";
        var cookie = (await first.Page.Context.CookiesAsync()).Single(one => one.Name == name).Value;
        await first.Button("Sign out").ClickAsync();
        await BrowserPage.SeesAsync(first.Page.GetByLabel("Token"));
        await BrowserPage.SeesAsync(second.Page.GetByLabel("Token"));
        Assert.EndsWith("/login?returnUrl=%2Fcache%2Fredis", second.Page.Url, StringComparison.Ordinal);
        using var http = Client();
        using var replayed = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/cache/nodes") { Headers = { { "Cookie", $"{name}={cookie}" } } });
        Assert.Equal(HttpStatusCode.Unauthorized, replayed.StatusCode);
        // Another browser is another session.
        await other.Page.Locator("#menu").GetByRole(AriaRole.Link, new() { Name = "Redis", Exact = true }).ClickAsync();
        await other.SeesAsync("What the server says of itself");
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
        using var forged = await http.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/logout") { Headers = { { "Origin", "http://localhost:1" } } });
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
    }

    [BrowserFact]
    public async Task Post_SignedInToAnUnknownAddress_ShowsThePageOfMissingPages()
    {
        using var http = Client();
        using var entered = await http.GetAsync(new Uri($"/login?t={ConsoleProcess.Token}", UriKind.Relative));
        http.DefaultRequestHeaders.Add("Cookie", entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        using var answer = await http.PostAsync(new Uri("/nowhere", UriKind.Relative), new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Contains("There is no such page", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Forms_BrokenOrFromBeforeARestart_LeadToTheSignInPageInDevelopmentToo()
    {
        await using var console = await ConsoleProcess.StartAsync([.. system.ConsoleSettings, "ASPNETCORE_ENVIRONMENT=Development"]);
        using var http = Client(console.Address);
        var broken = new ByteArrayContent("--x\r\nbroken"u8.ToArray());
        broken.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        foreach (var (content, status, text) in new (HttpContent?, HttpStatusCode, string)[]
        {
            (null, HttpStatusCode.BadRequest, "did not arrive whole"),
            (new StringContent("token"), HttpStatusCode.BadRequest, "did not arrive whole"),
            (broken, HttpStatusCode.BadRequest, "did not arrive whole"),
            (new FormUrlEncodedContent([]), HttpStatusCode.Unauthorized, "not the token"),
        })
        {
            using var refused = await http.PostAsync(new Uri("/login", UriKind.Relative), content);
            var page = await refused.Content.ReadAsStringAsync();
            Assert.Equal(status, refused.StatusCode);
            Assert.Contains(text, page, StringComparison.Ordinal);
            Assert.Contains("action=\"login\"", page, StringComparison.Ordinal);
        }

        // No cookie at all: the form was drawn by a process that is gone.
        using var entered = await http.PostAsync(new Uri("/login", UriKind.Relative), new FormUrlEncodedContent([new("token", ConsoleProcess.Token)]));
        Assert.Equal((HttpStatusCode.Found, "/"), (entered.StatusCode, entered.Headers.Location!.OriginalString));
        using var left = await http.PostAsync(new Uri("/logout", UriKind.Relative), null);
        Assert.Equal((HttpStatusCode.Found, "/login"), (left.StatusCode, left.Headers.Location!.OriginalString));
        using var ended = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/login") { Headers = { { "Cookie", $"hotshelf-{console.Address.Port}=1.AAAA" } } });
        Assert.Contains("Your session has ended", await ended.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        http.DefaultRequestHeaders.Add("Cookie", entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        foreach (var (path, text) in new[] { ("/", "The form was too old"), ("/cache/actions", "The form was too old"), ("/failed", "The form was too old"), ("/nowhere", "") })
        {
            using var posted = await http.PostAsync(new Uri(path, UriKind.Relative), new FormUrlEncodedContent([]));
            var page = await posted.Content.ReadAsStringAsync();
            Assert.DoesNotContain("   at ", page, StringComparison.Ordinal);
            Assert.Contains(text, page, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Exception", console.Output, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task WrongTokens_Many_NeverKeepTheRightOneOut()
    {
        await using var console = await ConsoleProcess.StartAsync(system.ConsoleSettings);
        using var http = Client(console.Address);
        using var leaving = new CancellationTokenSource();
        var wrong = Enumerable.Range(0, 40).Select(i => http.GetAsync(new Uri($"/login?t=wrong{i}", UriKind.Relative), leaving.Token)).ToArray();
        await Until.TrueAsync(() => wrong.Any(one => one.IsCompletedSuccessfully && one.Result.StatusCode == HttpStatusCode.TooManyRequests));
        using var link = await http.GetAsync(new Uri($"/login?t={ConsoleProcess.Token}", UriKind.Relative));
        Assert.Equal((HttpStatusCode.Found, "/"), (link.StatusCode, link.Headers.Location!.OriginalString));
        using var form = await http.PostAsync(new Uri("/login", UriKind.Relative), new FormUrlEncodedContent([new("token", ConsoleProcess.Token)]));
        Assert.Equal(HttpStatusCode.Found, form.StatusCode);
        // What came from links does not slow down the form.
        using var mistyped = await http.PostAsync(new Uri("/login", UriKind.Relative), new FormUrlEncodedContent([new("token", "mistyped")]));
        Assert.Equal(HttpStatusCode.Unauthorized, mistyped.StatusCode);
        await leaving.CancelAsync();
        await Task.WhenAll(wrong).ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (var one in wrong.Where(one => one.IsCompletedSuccessfully))
            one.Result.Dispose();
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

    private HttpClient Client() => Client(system.Console);

    private static HttpClient Client(Uri console) => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = console };
}
