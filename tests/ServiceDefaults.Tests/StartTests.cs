using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>What ends a process before it has started.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Run_ToldToStopWhileStarting_EndsWithTheExitCode(int exitCode)
    {
        var app = TestApp.Create(out var logs, build: builder => builder.Services.AddHostedService(services => new Starting(_ =>
        {
            Environment.ExitCode = exitCode;
            services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            return Task.CompletedTask;
        })));
        var before = Environment.ExitCode;
        try
        {
            Assert.Equal(exitCode, await RunAsync(app));
        }
        finally
        {
            Environment.ExitCode = before;
        }

        Assert.DoesNotContain(logs.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Run_StartIsCancelledWithoutAStop_Throws()
    {
        var app = TestApp.Create(out _, build: builder => builder.Services.AddHostedService(_ => new Starting(_ => Task.FromCanceled(new CancellationToken(canceled: true)))));
        await Assert.ThrowsAsync<TaskCanceledException>(() => RunAsync(app));
    }

    [Fact]
    public async Task Run_BackgroundServiceFailsWhileStarting_LogsWhy()
    {
        var failure = new InvalidOperationException("failed on purpose");
        var app = TestApp.Create(out var logs, build: builder => builder.Services
            .AddHostedService(_ => new Failing(failure))
            .AddHostedService(_ => new Starting(stopping => Task.Delay(Timeout.Infinite, stopping))));

        await RunAsync(app);

        Assert.Single(logs.Entries, entry => entry.Exception == failure);
    }

    [Fact]
    public async Task Run_ServiceCannotStart_LeavesItToWhoCatchesIt()
    {
        var failure = new InvalidOperationException("failed on purpose");
        var app = TestApp.Create(out var logs, build: builder => builder.Services.AddHostedService(_ => new Starting(_ => Task.FromException(failure))));

        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(app)));
        Assert.DoesNotContain(logs.Entries, entry => entry.Exception is not null);
    }

    private static Task<int> RunAsync(WebApplication app) => Task.Run(app.RunToExitCode).WaitAsync(TimeSpan.FromSeconds(30));

    private sealed class Starting(Func<CancellationToken, Task> start) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => start(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Failing(Exception failure) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.FromException(failure);
    }
}
