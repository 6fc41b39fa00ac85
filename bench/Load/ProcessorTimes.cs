using System.Diagnostics;
using System.Globalization;

namespace HotShelf.Load;

/// <summary>Processor time that a process and the ones it started have used so far: unlike throughput it hardly depends on what else the machine does.</summary>
internal static class ProcessorTimes
{
    public static TimeSpan Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return ChildrenOf(processId).Aggregate(process.TotalProcessorTime, static (sum, child) => sum + Of(child));
    }

    private static IEnumerable<int> ChildrenOf(int processId) =>
        Directory.Exists($"/proc/{processId}/task")
            ? Directory.EnumerateDirectories($"/proc/{processId}/task")
                .SelectMany(static task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(static id => int.Parse(id, CultureInfo.InvariantCulture))
            : [];
}
