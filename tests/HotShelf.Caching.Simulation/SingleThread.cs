using System.Diagnostics;

namespace HotShelf.Caching.Simulation;

/// <summary>A run depends on its seed alone when nothing runs beside it.</summary>
internal static class SingleThread
{
    /// <summary>Runs it on the only thread of the pool, and on one processor: the cache keeps something for each.</summary>
    public static int Run(int processor, Func<Task<int>> run)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            using var process = Process.GetCurrentProcess();
            process.ProcessorAffinity = Allowed(process.ProcessorAffinity, processor);
        }

        ThreadPool.GetMaxThreads(out var workers, out _);
        if (workers != 1)
            throw new InvalidOperationException($"The pool has {workers} threads: a run would not depend on its seed alone.");
        var ended = new TaskCompletionSource<int>();
        ThreadPool.UnsafeQueueUserWorkItem(async _ =>
        {
            try
            {
                ended.SetResult(await run());
            }
            catch (Exception exception)
            {
                ended.SetException(exception);
            }
        }, null);
        return ended.Task.GetAwaiter().GetResult();
    }

    /// <summary>One of the processors that the process may use.</summary>
    private static nint Allowed(nint affinity, int index)
    {
        var allowed = Enumerable.Range(0, nint.Size * 8).Select(static bit => (nint)1 << bit).Where(bit => (affinity & bit) != 0).ToArray();
        return allowed[index % allowed.Length];
    }
}
