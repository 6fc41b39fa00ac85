using System.Diagnostics;
using System.Globalization;

namespace HotShelf.Load;

/// <summary>Processor time that a process and the ones it started have used so far: unlike throughput it hardly depends on what else the machine does.</summary>
internal static class ProcessorTimes
{
    private const int MicrosecondsPerTick = 10_000;

    public static TimeSpan Of(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return ChildrenOf(processId).Aggregate(process.TotalProcessorTime, static (sum, child) => sum + Of(child));
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or IOException)
        {
            // It has just ended.
            return TimeSpan.Zero;
        }
    }

    /// <summary>What the children that have ended had used.</summary>
    public static TimeSpan OfEndedChildren(int processId)
    {
        // After the name in parentheses: state, parent, ..., utime (12th of these), stime, cutime, cstime.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMicroseconds(fields[13..15].Sum(static field => (double)MicrosecondsPerTick * long.Parse(field, CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<int> ChildrenOf(int processId) =>
        Directory.Exists($"/proc/{processId}/task")
            ? Directory.EnumerateDirectories($"/proc/{processId}/task")
                .SelectMany(static task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(static id => int.Parse(id, CultureInfo.InvariantCulture))
            : [];
}
