using System.Text.Json;
using HotShelf.CacheConsole.Telemetry;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Resources;

/// <summary>Reads the console of every resource that the board knows, each over a stream of its own that is taken up again when it breaks.</summary>
internal sealed class ConsoleFeed(ResourceService service, ResourceBoard board, ConsoleStore store, IOptions<TelemetryOptions> options, TimeProvider timeProvider) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!service.IsConfigured)
            return;
        var readers = new Dictionary<string, Task>(StringComparer.Ordinal);
        using var timer = new PeriodicTimer(s_look, timeProvider);
        var seen = -1L;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (board.Version is var version && version != seen)
            {
                seen = version;
                foreach (var resource in board.Instances.Where(static i => !i.IsParameter).Select(static i => i.Resource).Distinct(StringComparer.Ordinal))
                {
                    if (!readers.ContainsKey(resource))
                        readers[resource] = ReadAsync(resource, stoppingToken);
                }
            }

            if (!await MovesAsync(timer, stoppingToken))
                break;
        }

        await Task.WhenAll(readers.Values);
    }

    private async Task ReadAsync(string resource, CancellationToken cancellationToken)
    {
        var pause = new Backoff(timeProvider);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var line in service.LinesAsync(resource, options.Value.MaximumConsoleLines, cancellationToken))
                {
                    pause.Reset();
                    store.Add(new ConsoleLine(resource, line.Instance, line.Number, line.Time, line.Text, line.IsError));
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
            {
                // The board says that the engine is away.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await pause.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async ValueTask<bool> MovesAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
