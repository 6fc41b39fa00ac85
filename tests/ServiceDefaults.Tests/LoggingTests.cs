using System.Diagnostics;
using System.Text.Json;
using HotShelf.ServiceDefaults.Logging;
using HotShelf.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class LoggingTests
{
    [Fact]
    public async Task RequestLog_EachRequest_IsOneLineWithRouteStatusDurationAndCacheResult()
    {
        await using var app = await TestApp.StartAsync(
            defaults: options => (options.RequestLogQuietHits, options.CacheResult) = (TimeSpan.Zero, static http => http.Request.RouteValues.ContainsKey("id") ? "hit" : null),
            map: web =>
        {
            web.MapGet("/things/{id}", (int id) => id);
            web.MapGet("/broken", string () => throw new InvalidOperationException("broken on purpose"));
        });

        _ = await app.GetAsync("/things/7431?token=secret-token");
        _ = await app.GetAsync("/nowhere/7431");
        _ = await app.GetAsync("/broken");
        _ = await app.GetAsync("/health");

        await Until.TrueAsync(() => app.Logs.Named("RequestFailed").Any(), "the failed request's line");
        var finished = app.Logs.Named("RequestFinished").ToArray();
        Assert.Equal(2, finished.Length);
        Assert.Equal("/things/{id}", finished[0].State["Route"]);
        Assert.Equal(200, finished[0].State["Status"]);
        Assert.Equal("hit", finished[0].State["Cache"]);
        Assert.True((double)finished[0].State["DurationMs"]! >= 0);
        Assert.Equal("unmatched", finished[1].State["Route"]);
        Assert.Equal(404, finished[1].State["Status"]);
        Assert.Equal("none", finished[1].State["Cache"]);
        var failed = Assert.Single(app.Logs.Named("RequestFailed"));
        Assert.Equal("/broken", failed.State["Route"]);
        Assert.Equal(500, failed.State["Status"]);
        Assert.DoesNotContain(app.Logs.Entries, entry => entry.Level > LogLevel.Debug && (entry.Message.Contains("7431", StringComparison.Ordinal) || entry.Message.Contains("secret", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task RequestLog_ExceptionThatNothingHandles_IsOneLineWithItAnd500(string environment)
    {
        await using var app = await TestApp.StartAsync(environment: environment, map: web => web.MapGet("/broken", string () => throw new InvalidOperationException("broken on purpose")));
        app.Logs.Entries.Clear();
        Assert.Equal(500, (await app.GetAsync("/broken")).Status);
        await Until.TrueAsync(() => app.Logs.Named("RequestFailed").Any(), "the failed request's line");
        var line = Assert.Single(app.Logs.Entries, entry => entry.Level >= LogLevel.Warning);
        Assert.Equal("broken on purpose", line.Exception?.Message);
    }

    [Fact]
    public async Task RequestLog_BodyThatIsTooLarge_IsOneLineWithTheServersStatus()
    {
        await using var app = await TestApp.StartAsync(environment: "Production", map: web => web.MapPost("/echo", async (HttpRequest request) =>
        {
            request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = 1;
            await request.Body.CopyToAsync(Stream.Null);
        }));
        app.Logs.Entries.Clear();
        using var response = await app.Client.PostAsync("/echo", new StringContent("too much"));
        Assert.Equal(413, (int)response.StatusCode);
        await Until.TrueAsync(() => app.Logs.Named("RequestFinished").Any(), "the request's line");
        Assert.Equal(413, Assert.Single(app.Logs.Named("RequestFinished")).State["Status"]);
        Assert.DoesNotContain(app.Logs.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task RequestLog_FastHits_AreDebugAndEverythingElseIsNot()
    {
        await using var app = await TestApp.StartAsync(
            settings: [("Logging:LogLevel:HotShelf.Requests", "Debug")],
            defaults: options => (options.RequestLogQuietHits, options.CacheResult) = (TimeSpan.FromSeconds(30), static http => (string?)http.Request.RouteValues["cache"]),
            map: web => web.MapGet("/answers/{status:int}/{cache}", (int status, string cache, HttpResponse response) => response.StatusCode = status));
        foreach (var path in new[] { "/answers/200/hit", "/answers/304/hit", "/answers/404/hit", "/answers/200/miss" })
            _ = await app.GetAsync(path);
        await Until.TrueAsync(() => app.Logs.Named("RequestFinished").Count() == 4, "four lines");
        Assert.Equal([LogLevel.Debug, LogLevel.Debug, LogLevel.Information, LogLevel.Information], app.Logs.Named("RequestFinished").Select(line => line.Level));
    }

    [Theory]
    [InlineData("Production", null, JsonLineFormatter.FormatterName)]
    [InlineData("Development", null, ReadableFormatter.FormatterName)]
    [InlineData("Development", "simple", ReadableFormatter.FormatterName)]
    [InlineData("Development", "json", JsonLineFormatter.FormatterName)]
    [InlineData("Production", "systemd", "systemd")]
    public void Console_Environment_ChoosesTheFormat(string environment, string? configured, string expected)
    {
        using var app = (IDisposable)TestApp.Create(out _, environment: environment, settings: configured is null ? [] : [("Logging:Console:FormatterName", configured)]);
        var options = ((WebApplication)app).Services.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue;
        Assert.Equal(expected, options.FormatterName);
        Assert.Equal(ConsoleLoggerQueueFullMode.DropWrite, options.QueueFullMode);
    }

    [Fact]
    public void JsonLine_Record_IsOneObjectWithEventStateAndTrace()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var text = Format(new JsonLineFormatter(new ManualClock()), "two\nlines \"quoted\"", new InvalidOperationException("why"));

        Assert.Equal(1, text.Count(c => c == '\n'));
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement;
        Assert.Equal("2026-01-01T00:00:00.000Z", root.GetProperty("time").GetString());
        Assert.Equal("Warning", root.GetProperty("level").GetString());
        Assert.Equal("Tests", root.GetProperty("category").GetString());
        Assert.Equal(17, root.GetProperty("eventId").GetInt32());
        Assert.Equal("Happened", root.GetProperty("event").GetString());
        Assert.Equal("two\nlines \"quoted\"", root.GetProperty("message").GetString());
        Assert.Equal(activity.TraceId.ToHexString(), root.GetProperty("traceId").GetString());
        Assert.Equal(activity.SpanId.ToHexString(), root.GetProperty("spanId").GetString());
        Assert.Contains("why", root.GetProperty("exception").GetString(), StringComparison.Ordinal);
        Assert.Equal(42, root.GetProperty("state").GetProperty("Count").GetInt32());
        Assert.False(root.GetProperty("state").TryGetProperty("{OriginalFormat}", out _));
    }

    [Fact]
    public void Readable_Record_IsOneLineWithTheTrace()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var text = Format(new ReadableFormatter(new ManualClock()), "hello", exception: null);
        Assert.Equal($"00:00:00.000 warn Tests: hello [trace {activity.TraceId}]", text.TrimEnd());
    }

    private static string Format(ConsoleFormatter formatter, string message, Exception? exception)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        KeyValuePair<string, object?>[] state = [new("Count", 42), new("{OriginalFormat}", "template")];
        formatter.Write(new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Warning, "Tests", new EventId(17, "Happened"), state, exception, (_, _) => message), scopeProvider: null, writer);
        return writer.ToString();
    }
}
