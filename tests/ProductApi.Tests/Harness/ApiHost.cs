using System.Diagnostics;
using System.Reflection;
using HotShelf.TestServers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotShelf.ProductApi.Tests.Harness;

/// <summary>
/// One replica: the real program, entered through its own entry point, listening on a free port of loopback. Its host is caught by the event
/// that hosting raises for exactly this.
/// </summary>
public sealed class ApiHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Task _program;
    private Task? _stopping;

    private ApiHost(IHost host, Task program)
    {
        _host = host;
        _program = program;
        Address = new Uri(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = NewClient();
    }

    public Uri Address { get; }

    /// <summary>Follows no redirects and keeps no cookies, so that a test sees what was sent.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _host.Services;

    public HttpClient NewClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };

    public static async Task<ApiHost> StartAsync(IReadOnlyDictionary<string, string> settings, bool untilReady = true)
    {
        var caught = new TaskCompletionSource<IHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch = DiagnosticListener.AllListeners.Subscribe(new HostCatcher(caught));
        string[] arguments = ["--urls=http://127.0.0.1:0", .. settings.Select(setting => $"--{setting.Key}={setting.Value}")];
        var program = Task.Factory.StartNew(
            () =>
            {
                HostCatcher.Current.Value = caught;
                try
                {
                    typeof(Program).Assembly.EntryPoint!.Invoke(null, [arguments]);
                }
                catch (TargetInvocationException exception)
                {
                    caught.TrySetException(exception.InnerException!);
                    throw;
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var host = await caught.Task;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        if (await Task.WhenAny(started.Task, program) == program)
            await program;
        var api = new ApiHost(host, program);
        if (untilReady)
            await Until.TrueAsync(async () => (await api.Client.GetAsync("/ready")).IsSuccessStatusCode, "the replica is ready");
        return api;
    }

    /// <summary>Stops the replica as SIGTERM would; a second call waits for the first.</summary>
    public Task StopAsync() => _stopping ??= StopOnceAsync();

    // Not the host's own StopAsync: the program stops and disposes the same host when it hears of it, while a second stop would still be at work.
    private Task StopOnceAsync()
    {
        Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        return _program;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        await _program;
    }

    private sealed class HostCatcher(TaskCompletionSource<IHost> caught) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        // Several replicas start at once: each program's events come on its own thread.
        public static readonly AsyncLocal<TaskCompletionSource<IHost>?> Current = new();

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key == "HostBuilt" && Current.Value == caught)
                caught.TrySetResult((IHost)value.Value!);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
