using System.Text.Json;
using HotShelf.CacheConsole.Hosting;
using HotShelf.Caching.Fleet;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Actions;

/// <summary>
/// What operators did by this console, in a file that is only appended to: one line of JSON for each action. Redis has the actions of all consoles, but forgets them when it loses its data.
/// </summary>
internal sealed class AuditTrail(IOptions<CacheConsoleOptions> options, TimeProvider time, ILogger<AuditTrail> logger)
{
    /// <summary>Lines that are kept in memory; the file has all.</summary>
    public const int Bound = 200;

    /// <summary>Two clocks and a round trip lie between a line here and the one in Redis.</summary>
    private static readonly TimeSpan s_same = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private Queue<CacheEvent>? _lines;

    /// <summary>The file; null when it is turned off.</summary>
    public string? File { get; } = options.Value.AuditFile is { Length: > 0 } file ? Path.GetFullPath(file) : null;

    /// <summary>Why the file could not be read or written the last time; null when it could.</summary>
    public string? Problem { get; private set; }

    public void Add(string actor, string action, string? target)
    {
        Log.OperatorAction(logger, actor, action);
        if (File is null)
            return;
        var line = new AuditLine(time.GetUtcNow(), actor, action, target);
        lock (_lock)
        {
            Keep(Lines(), line);
            Try(() =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(File)!);
                System.IO.File.AppendAllText(File, $"{(EndsInsideALine() ? "\n" : "")}{JsonSerializer.Serialize(line, JsonSerializerOptions.Web)}\n");
            });
        }
    }

    /// <summary>What Redis and the file know together, the newest first.</summary>
    /// <param name="recorded">Operators' actions and bumps as Redis has them.</param>
    public IReadOnlyList<CacheEvent> With(IEnumerable<CacheEvent> recorded)
    {
        var all = recorded.ToList();
        if (File is not null)
        {
            lock (_lock)
                all.AddRange(Lines().Where(line => !all.Exists(one => one.Action == line.Action && one.Names.SequenceEqual(line.Names) && (one.At - line.At).Duration() < s_same)).ToArray());
        }

        return [.. all.OrderByDescending(static one => one.At)];
    }

    private Queue<CacheEvent> Lines()
    {
        if (_lines is not null)
            return _lines;
        _lines = new Queue<CacheEvent>(Bound);
        Try(() =>
        {
            foreach (var text in System.IO.File.Exists(File) ? System.IO.File.ReadLines(File) : [])
            {
                if (Parse(text) is { } line)
                    Keep(_lines, line);
            }
        });
        return _lines;
    }

    // A line that a crash or a full disk has torn: it must hide no other, and the next one must not be added to it.
    private static AuditLine? Parse(string text)
    {
        try
        {
            return text.Length > 0 ? JsonSerializer.Deserialize<AuditLine>(text, JsonSerializerOptions.Web) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private bool EndsInsideALine()
    {
        if (!System.IO.File.Exists(File))
            return false;
        using var file = System.IO.File.OpenRead(File);
        return file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n';
    }

    private static void Keep(Queue<CacheEvent> lines, AuditLine line)
    {
        if (lines.Count == Bound)
            lines.Dequeue();
        lines.Enqueue(new CacheEvent
        {
            Id = $"{line.At:O}",
            At = line.At,
            Kind = CacheEventKind.Operator,
            Actor = line.Actor,
            Action = line.Action,
            Names = line.Target is { } target ? [target] : [],
            Count = line.Target is null ? 0 : 1,
        });
    }

    // An action is done whether its line can be written or not.
    private void Try(Action act)
    {
        try
        {
            act();
            Problem = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Problem is null)
                Log.AuditFileFailed(logger, File!, exception.Message);
            Problem = exception.Message;
        }
    }

    private sealed record AuditLine(DateTimeOffset At, string Actor, string Action, string? Target);
}
