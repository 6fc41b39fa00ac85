using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Local;

/// <summary>
/// What a person sees: one line when a resource changes, one table when everything is healthy, the last lines of what has crashed, and warnings and
/// errors as the resources write them. Whole logs are in the files that the table names.
/// </summary>
internal sealed partial class ConsoleReporter : IAsyncDisposable
{
    private const int LinesOfCrash = 15;

    /// <summary>Of each instance at most this many lines of its log in ten seconds: the file has the rest.</summary>
    private const int LinesPerWindow = 12;

    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);

    private readonly LocalEngine _engine;
    private readonly Dictionary<string, string> _last = [];
    private readonly Dictionary<string, (long Since, int Lines, bool Continues)> _written = [];
    private readonly Lock _lock = new();
    private readonly long _started;
    private readonly Task _loop;
    private bool _tableShown;
    private bool _endShown;

    public ConsoleReporter(LocalEngine engine)
    {
        _engine = engine;
        _started = engine.Time.GetTimestamp();
        engine.Loggers.LineWritten += OnLine;
        Console.WriteLine($"Starting {string.Join(", ", engine.Runners.Where(r => r.Resource.IsRunnable()).Select(r => r.Resource.Name))}. Logs: {engine.Space.Logs}");
        _loop = Task.Run(WatchAsync);
    }

    public async ValueTask DisposeAsync() => await _loop.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var change in _engine.Notifications.WatchAsync(CancellationToken.None).ConfigureAwait(false))
            {
                Show(change);
                ShowTableOnceSettled();
            }
        }
        catch (OperationCanceledException)
        {
            // The application has ended.
        }
    }

    private void Show(ResourceEvent change)
    {
        if (change.Resource is ParameterResource { } parameter && change.Snapshot.State?.Text == KnownResourceStates.Running || change.Snapshot.State is not { } state)
            return;
        var reports = change.Snapshot.HealthReports;
        var isStarting = reports.Any(r => r.Status is null);
        var failing = reports.FirstOrDefault(r => r.Status is not (null or HealthStatus.Healthy));
        var wasHealthy = _last.TryGetValue(change.ResourceId, out var before) && before.EndsWith("healthy", StringComparison.Ordinal) && !before.EndsWith("unhealthy", StringComparison.Ordinal);
        var health = state.Text != KnownResourceStates.Running || isStarting ? ""
            : failing is null ? ", healthy"
            : wasHealthy || before?.EndsWith("unhealthy", StringComparison.Ordinal) == true ? ", unhealthy" : "";
        var now = state.Text + health;
        if (now == before || (before is null && state.Text == KnownResourceStates.NotStarted))
            return;
        _last[change.ResourceId] = now;
        var code = change.Snapshot.ExitCode is { } exit && KnownResourceStates.TerminalStates.Contains(state.Text) ? $" (exit code {exit})" : "";
        if (_engine.Stopping.IsCancellationRequested)
        {
            if (!_endShown)
                Console.WriteLine("Ending everything.");
            _endShown = true;
            return;
        }

        Write(change.ResourceId, $"{now}{code}{(health == ", unhealthy" ? $": {failing!.Description}" : "")}");
        if (state.Style == KnownResourceStateStyles.Error)
            ShowLastLines(change);
    }

    // Looked at after every event, also one that shows nothing new: the one that settles the last resource may be such a one.
    private void ShowTableOnceSettled()
    {
        if (_tableShown || _engine.Stopping.IsCancellationRequested || !IsSettled())
            return;
        _tableShown = true;
        ShowTable();
    }

    // Every resource is either healthy or in a state that it does not leave by itself.
    private bool IsSettled() => _engine.Runners.All(runner =>
        runner.Resource is ParameterResource || runner.Resource.HasAnnotationOfType<ExplicitStartupAnnotation>() || _engine.Notifications.IsHealthy(runner.Resource)
        || _engine.Notifications.Current.Any(e => ReferenceEquals(e.Resource, runner.Resource) && e.Snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text)));

    private void ShowLastLines(ResourceEvent change)
    {
        foreach (var line in _engine.Loggers.Last(change.ResourceId, LinesOfCrash))
            Console.WriteLine($"           | {Plain(line.Content)}");
    }

    private void ShowTable()
    {
        var seconds = _engine.Time.GetElapsedTime(_started).TotalSeconds;
        var isHealthy = _engine.Runners.All(r => r.Resource is ParameterResource || r.Resource.HasAnnotationOfType<ExplicitStartupAnnotation>() || _engine.Notifications.IsHealthy(r.Resource));
        Console.WriteLine();
        Console.WriteLine(StatusTable.Of(_engine));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(isHealthy ? "Everything is healthy" : "Not everything is running")} after {seconds:0.0} s. Press Ctrl+C to end."));
    }

    // Called by the threads that read the output.
    private void OnLine(string resourceId, LogLine line)
    {
        var text = Plain(line.Content);
        lock (_lock)
        {
            var now = _engine.Time.GetTimestamp();
            var seen = _written.GetValueOrDefault(resourceId);
            if (seen.Lines == 0 || _engine.Time.GetElapsedTime(seen.Since, now) > s_window)
                seen = (now, 0, seen.Continues);
            // The simple console formatter writes "warn: Category[0]" and the message, indented, on the lines after it.
            var isImportant = ImportantLine().IsMatch(text) || IsImportantToServer(resourceId, text) || (seen.Continues && text.StartsWith("      ", StringComparison.Ordinal));
            seen.Continues = isImportant;
            if (isImportant && ++seen.Lines <= LinesPerWindow)
                Write(resourceId, text);
            else if (isImportant && seen.Lines == LinesPerWindow + 1)
                Write(resourceId, $"... more in {LogFiles.PathOf(_engine.Space.Logs, resourceId)}");
            _written[resourceId] = seen;
        }
    }

    private bool IsImportantToServer(string resourceId, string text) =>
        _engine.Notifications.TryGetCurrentState(resourceId, out var current) && current!.Resource.TryGetLastAnnotation<LocalProgram>(out var program) && program.IsImportant(text);

    private void Write(string who, string what) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_engine.Time.GetLocalNow():HH:mm:ss} {who}: {what}"));

    private static string Plain(string text) => Ansi().Replace(text, "");

    [GeneratedRegex("\u001b\\[[0-9;]*[A-Za-z]")]
    private static partial Regex Ansi();

    [GeneratedRegex("^(\\[engine\\] )?(warn|fail|crit): |^Unhandled exception|\"LogLevel\":\"(Warning|Error|Critical)\"")]
    private static partial Regex ImportantLine();
}
