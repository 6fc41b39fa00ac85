using System.Globalization;
using System.Text;

namespace HotShelf.AppHostTests;

/// <summary>One process; its start time tells it from a later one with the same id.</summary>
internal sealed record RunningProcess(int Id, int Parent, string Started, string Command);

/// <summary>Finds every process that was started, directly or not, with a mark in its environment: those that have it, and their children. Redis writes over its own environment.</summary>
internal static class ProcessTree
{
    public const string Variable = "HOTSHELF_TEST_MARK";

    public static RunningProcess[] With(string mark)
    {
        var all = All();
        var found = all.Where(process => Read(process.Id, "environ").Contains($"{Variable}={mark}", StringComparison.Ordinal)).ToHashSet();
        for (var before = 0; before < found.Count;)
        {
            before = found.Count;
            found.UnionWith([.. all.Where(process => found.Any(parent => parent.Id == process.Parent))]);
        }

        return [.. found];
    }

    /// <summary>Empty when none of them is left within the limit; else what is left.</summary>
    public static async Task<RunningProcess[]> GoneAsync(IReadOnlyCollection<RunningProcess> processes, TimeSpan limit)
    {
        var since = TimeProvider.System.GetTimestamp();
        RunningProcess[] left;
        while ((left = [.. All().Where(process => processes.Any(known => (known.Id, known.Started) == (process.Id, process.Started)))]).Length > 0 && TimeProvider.System.GetElapsedTime(since) < limit)
            await Task.Delay(50);
        return left;
    }

    private static RunningProcess[] All() => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0]))
        .Select(name => Of(int.Parse(name!, CultureInfo.InvariantCulture))).OfType<RunningProcess>()];

    // The command is in parentheses and may hold anything; then state and parent, and the start time is the 22nd field: proc(5).
    private static RunningProcess? Of(int id)
    {
        var stat = Read(id, "stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 20 || fields[0] is "Z" ? null : new RunningProcess(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[19], Read(id, "cmdline").Replace('\0', ' '));
    }

    private static string Read(int id, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{id}/{file}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended in this moment, or is another user's.
            return "";
        }
    }
}
