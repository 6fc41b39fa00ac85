using System.Security.Claims;
using HotShelf.CacheConsole.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed class SecurityTests
{
    private const string Token = "0123456789abcdef-token";

    [Fact]
    public void BrowserToken_NotGiven_IsMadeAnewEachTime()
    {
        var (first, second) = (new BrowserToken(Options.Create(new FrontendOptions())), new BrowserToken(Options.Create(new FrontendOptions())));
        Assert.True(first.IsGenerated);
        Assert.Equal(32, first.Value.Length);
        Assert.NotEqual(first.Value, second.Value);
        Assert.True(first.Matches(first.Value));
        Assert.False(first.Matches(second.Value));
        Assert.False(first.Matches(null));
        Assert.False(first.Matches(first.Value + "0"));
    }

    [Fact]
    public void SessionCookie_Issued_IsValidUntilItsTimeIsOverAndUnderItsTokenOnly()
    {
        var clock = new SettableClock();
        var cookie = Cookie(Token, clock);
        var value = cookie.Issue();
        Assert.NotNull(cookie.Read(value));
        Assert.NotNull(Cookie(Token, clock).Read(value));
        Assert.Null(Cookie(Token + "2", clock).Read(value));
        clock.Now += SessionCookie.Lifetime;
        Assert.Null(cookie.Read(value));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("99999999999.")]
    [InlineData("99999999999.AAAA")]
    [InlineData("-1.AAAA")]
    [InlineData("1.2.3")]
    public void SessionCookie_Forged_IsRefused(string? value) => Assert.Null(Cookie(Token, new SettableClock()).Read(value));

    [Fact]
    public void SessionCookie_WithALaterTime_IsRefused()
    {
        var cookie = Cookie(Token, new SettableClock());
        var parts = cookie.Issue().Split('.');
        Assert.Null(cookie.Read($"{long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture) + 1}.{parts[1]}.{parts[2]}"));
        Assert.Null(cookie.Read($"{parts[0]}.other.{parts[2]}"));
    }

    [Fact]
    public void SessionCookie_OfASessionThatWasEnded_IsRefusedAndNoOther()
    {
        var ended = new EndedSessions(TimeProvider.System);
        var cookie = new SessionCookie(new BrowserToken(Options.Create(new FrontendOptions { BrowserToken = Token })), ended, TimeProvider.System);
        var (first, second) = (cookie.Issue(), cookie.Issue());
        ended.Add(cookie.Read(first)!);
        Assert.Null(cookie.Read(first));
        Assert.NotNull(cookie.Read(second));
    }

    [Fact]
    public void SessionCookie_SignedWithTheTokenItself_IsRefused()
    {
        // Else a cookie would tell whether a guess is right as fast as a hash is made.
        var parts = Cookie(Token, new SettableClock()).Issue().Split('.');
        var payload = string.Join('.', parts[..^1]);
        var signature = System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Token), System.Text.Encoding.UTF8.GetBytes($"session {payload}")));
        Assert.Null(Cookie(Token, new SettableClock()).Read($"{payload}.{signature}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Page_OfASessionThatIsOver_IsLoadedAgainAndAsksForNothingMore(bool isSignedOut)
    {
        var ended = new EndedSessions(TimeProvider.System);
        var session = new Session("id", TimeProvider.System.GetUtcNow() + (isSignedOut ? TimeSpan.FromDays(1) : TimeSpan.Zero));
        var navigator = new Navigator();
        using var page = new SessionCircuit(ended, new User(session), navigator, TimeProvider.System);
        await page.OnCircuitOpenedAsync(null!, CancellationToken.None);
        if (isSignedOut)
        {
            ended.Tell(session with { Id = "other" });
            Assert.Equal(0, navigator.Refreshes);
            ended.Tell(session);
        }

        await HotShelf.TestServers.Until.TrueAsync(() => navigator.Refreshes > 0);
        await page.CreateInboundActivityHandler(static _ => throw new InvalidOperationException("It was asked."))(null!);
    }

    [Theory]
    [InlineData("GET", null, null, null, true)]
    [InlineData("GET", "http://console.test:18888", null, null, true)]
    [InlineData("GET", "https://console.test:18888", null, null, true)]
    [InlineData("GET", "http://console.test:5080", null, null, false)]
    [InlineData("POST", "http://evil.test", null, null, false)]
    [InlineData("POST", "null", null, null, false)]
    [InlineData("GET", null, "cross-site", "navigate", true)]
    [InlineData("GET", null, "same-site", "cors", false)]
    [InlineData("POST", null, "cross-site", "navigate", false)]
    [InlineData("GET", null, "same-origin", "cors", true)]
    [InlineData("GET", null, "none", "navigate", true)]
    public void SameOrigin_OtherSites_MayLinkAndNothingElse(string method, string? origin, string? site, string? mode, bool allowed)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        request.Host = new HostString("console.test", 18888);
        if (origin is not null)
            request.Headers.Origin = origin;
        if (site is not null)
            request.Headers["Sec-Fetch-Site"] = site;
        if (mode is not null)
            (request.Headers["Sec-Fetch-Mode"], request.Headers["Sec-Fetch-Dest"]) = (mode, "document");
        Assert.Equal(allowed, SameOrigin.IsOurs(request));
    }

    [Theory]
    [InlineData("/cache/keys?key=product:42", "/cache/keys?key=product:42")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("//evil.test", "/")]
    [InlineData("/\\evil.test", "/")]
    [InlineData("https://evil.test", "/")]
    [InlineData("/login?returnUrl=/login", "/")]
    [InlineData("/a\r\nSet-Cookie: b", "/")]
    public void ReturnUrl_OnlyPathsOfOurs_AreFollowed(string? asked, string followed) => Assert.Equal(followed, SignIn.Local(asked));

    [Fact]
    public void Options_OutOfRange_AreNamedWithoutTheToken()
    {
        var result = new FrontendOptionsValidator().Validate(null, new FrontendOptions { BrowserToken = "short-secret", PublicUrl = new Uri("ftp://console.test"), AuthMode = (FrontendAuthMode)7 });
        Assert.Equal(3, result.Failures!.Count());
        Assert.Contains("CacheConsole:Frontend:BrowserToken has 12 characters; give it at least 16.", result.Failures!);
        Assert.DoesNotContain("short-secret", result.FailureMessage, StringComparison.Ordinal);
        Assert.True(new FrontendOptionsValidator().Validate(null, new FrontendOptions { BrowserToken = Token, PublicUrl = new Uri("https://console.test") }).Succeeded);
    }

    [Fact]
    public async Task SignInAttempts_WrongTokens_SlowDownTheirSenderAndNoOther()
    {
        using var attempts = new SignInAttempts(NullLogger<SignInAttempts>.Instance);
        for (var i = 0; i < SignInAttempts.Burst; i++)
            Assert.True(await attempts.WaitAsync(From("192.0.2.1", "POST")));
        var waiting = Enumerable.Range(0, SignInAttempts.Waiting).Select(_ => attempts.WaitAsync(From("192.0.2.1", "POST")).AsTask()).ToArray();
        Assert.False(waiting[^1].IsCompleted);
        Assert.False(await attempts.WaitAsync(From("192.0.2.1", "POST")));
        Assert.True(await attempts.WaitAsync(From("192.0.2.2", "POST")));
        // Any web page can open a link: it must not slow down the form.
        Assert.True(await attempts.WaitAsync(From("192.0.2.1", "GET")));

        static DefaultHttpContext From(string address, string method) => new() { Connection = { RemoteIpAddress = System.Net.IPAddress.Parse(address) }, Request = { Method = method } };
    }

    [Fact]
    public async Task SignInAttempts_FromOneNetworkOfIPv6_CountTogether()
    {
        using var attempts = new SignInAttempts(NullLogger<SignInAttempts>.Instance);
        for (var i = 0; i < SignInAttempts.Burst; i++)
            Assert.True(await attempts.WaitAsync(From($"2001:db8::{i:x}")));
        var waiting = Enumerable.Range(0, SignInAttempts.Waiting).Select(i => attempts.WaitAsync(From($"2001:db8::1:{i:x}")).AsTask()).ToArray();
        Assert.False(waiting[^1].IsCompleted);
        Assert.False(await attempts.WaitAsync(From("2001:db8::2:1")));
        Assert.True(await attempts.WaitAsync(From("2001:db8:0:1::1")));

        static DefaultHttpContext From(string address) => new() { Connection = { RemoteIpAddress = System.Net.IPAddress.Parse(address) } };
    }

    [Fact]
    public async Task Challenge_WrongTokenOfABrowserAtMcp_WaitsAsOthersDo()
    {
        using var attempts = new SignInAttempts(NullLogger<SignInAttempts>.Instance);
        var cookie = Cookie(Token, TimeProvider.System);
        var answers = Enumerable.Range(0, SignInAttempts.Burst + SignInAttempts.Waiting + 1).Select(_ => ChallengeAsync("/mcp", "?t=guess")).ToArray();
        Assert.Equal(StatusCodes.Status429TooManyRequests, await answers[^1]);
        Assert.Equal(StatusCodes.Status302Found, await answers[0]);
        Assert.False(answers[^2].IsCompleted);
        Assert.Equal(StatusCodes.Status302Found, await ChallengeAsync("/cache/nodes", ""));

        async Task<int> ChallengeAsync(string path, string query)
        {
            var http = new DefaultHttpContext { Request = { Method = "GET", Path = path, QueryString = new QueryString(query), Headers = { Accept = "text/html" } }, Connection = { RemoteIpAddress = System.Net.IPAddress.Loopback } };
            await using var services = new ServiceCollection().AddOptions().BuildServiceProvider();
            var frontend = Options.Create(new FrontendOptions { BrowserToken = Token });
            var handler = new BrowserTokenHandler(services.GetRequiredService<IOptionsMonitor<AuthenticationSchemeOptions>>(), NullLoggerFactory.Instance, System.Text.Encodings.Web.UrlEncoder.Default,
                cookie, new BrowserToken(frontend), attempts, frontend);
            await handler.InitializeAsync(new AuthenticationScheme(BrowserTokenHandler.SchemeName, null, typeof(BrowserTokenHandler)), http);
            await handler.ChallengeAsync(null);
            return http.Response.StatusCode;
        }
    }

    private static SessionCookie Cookie(string token, TimeProvider time) => new(new BrowserToken(Options.Create(new FrontendOptions { BrowserToken = token })), new EndedSessions(time), time);

    private sealed class User(Session session) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity(session.Claims))));
    }

    private sealed class Navigator : NavigationManager
    {
        private int _refreshes;

        public int Refreshes => Volatile.Read(ref _refreshes);

        public override void Refresh(bool forceReload = false) => Interlocked.Increment(ref _refreshes);
    }

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
