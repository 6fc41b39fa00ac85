using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>Callers of a process that stops take another connection, to another process where there is one.</summary>
public sealed class ConnectionDrainTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stopping_AnAnswer_EndsItsConnection(bool requestLog)
    {
        await using var app = await StartAsync(web => web.MapGet("/work", () => "done"), requestLog: requestLog);
        Assert.False(await EndsConnectionAsync(app, "/work"));
        Stop(app);
        Assert.True(await EndsConnectionAsync(app, "/work"));
    }

    [Theory]
    [InlineData("Development", false, true)]
    [InlineData("Production", false, true)]
    [InlineData("Production", false, false)]
    [InlineData("Production", true, true)]
    public async Task Stopping_AnError_EndsItsConnection(string environment, bool isHandled, bool requestLog)
    {
        await using var app = await StartAsync(
            web =>
            {
                if (isHandled)
                    web.UseExceptionHandler(static errors => errors.Run(static _ => Task.CompletedTask));
                web.MapGet("/work", string () => throw new InvalidOperationException());
            },
            environment,
            requestLog);
        Assert.False(await EndsConnectionAsync(app, "/work"));
        Stop(app);
        Assert.True(await EndsConnectionAsync(app, "/work"));
    }

    [Fact]
    public async Task Stopping_AnAnswerToAnEarlierRequest_EndsItsConnection()
    {
        var (isAsked, mayAnswer) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var app = await StartAsync(web => web.MapGet("/work", async () =>
        {
            isAsked.SetResult();
            await mayAnswer.Task;
            return "done";
        }));
        var ends = EndsConnectionAsync(app, "/work");
        await isAsked.Task;
        Stop(app);
        mayAnswer.SetResult();
        Assert.True(await ends);
    }

    [Fact]
    public async Task Stopping_AnAnswerForTheOutputCache_IsStoredWithoutTheEndOfItsConnection()
    {
        static void Map(WebApplication web)
        {
            web.UseOutputCache();
            web.MapGet("/work", () => "done").CacheOutput();
        }

        await using var stopping = await StartAsync(Map, build: static builder => builder.Services.AddOutputCache());
        var store = stopping.App.Services.GetRequiredService<IOutputCacheStore>();
        await using var other = await StartAsync(Map, build: builder => builder.Services.AddOutputCache().AddSingleton(store));
        Stop(stopping);
        // One address for both, as callers behind a proxy have.
        Assert.True(await EndsConnectionAsync(stopping, "/work", "shop.example"));
        using var stored = await GetAsync(other, "/work", "shop.example");
        Assert.Equal((true, true), (stored.Headers.Age is not null, stored.Headers.ConnectionClose is not true));
    }

    [Fact]
    public async Task Stopping_AWebSocket_IsOpenedAsEver()
    {
        await using var app = await StartAsync(static web =>
        {
            web.UseWebSockets();
            web.MapGet("/socket", static async (HttpContext context) =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
            });
        });
        Stop(app);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(app.Client.BaseAddress!) { Scheme = "ws", Path = "/socket" }.Uri, CancellationToken.None);
        Assert.Equal(WebSocketState.Open, client.State);
    }

    private static Task<TestApp> StartAsync(Action<WebApplication> map, string environment = "Development", bool requestLog = true, Action<WebApplicationBuilder>? build = null) => TestApp.StartAsync(
        build, map, options => (options.DrainDelay, options.RequestLog) = (TimeSpan.Zero, requestLog), environment);

    private static void Stop(TestApp app) => app.App.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

    private static async Task<bool> EndsConnectionAsync(TestApp app, string path, string? host = null)
    {
        using var answer = await GetAsync(app, path, host);
        return answer.Headers.ConnectionClose == true;
    }

    private static async Task<HttpResponseMessage> GetAsync(TestApp app, string path, string? host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        return await app.Client.SendAsync(request);
    }
}
