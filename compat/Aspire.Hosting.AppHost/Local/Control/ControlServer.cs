using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>
/// Tells and controls this run from outside: <c>./dev status</c>, a dashboard. Listens on a loopback port that is chosen freely, and answers only
/// those who know the key of the run.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(1);

    private readonly WebApplication _application;
    private readonly RunFile _file;

    private ControlServer(WebApplication application, RunFile file)
    {
        _application = application;
        _file = file;
    }

    public static async Task<ControlServer> StartAsync(LocalEngine engine, ControlAddress address, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull);
        // Signals are the AppHost's.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = s_stopLimit);
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.Use((context, next) =>
        {
            if (address.IsKey(context.Request.Headers[ControlAddress.KeyHeader]))
                return next(context);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return context.Response.WriteAsync($"The header {ControlAddress.KeyHeader} must hold the key of this run.\n", context.RequestAborted);
        });
        application.UseRouting();
        ControlEndpoints.Map(application, engine);
        await application.StartAsync(cancellationToken).ConfigureAwait(false);
        address.Url = new Uri(application.Urls.Single());
        return new ControlServer(application, RunFile.Write(engine.Space, address));
    }

    public async ValueTask DisposeAsync()
    {
        _file.Dispose();
        await _application.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
