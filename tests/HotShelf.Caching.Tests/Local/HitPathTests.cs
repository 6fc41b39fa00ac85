using System.Reflection;
using System.Reflection.Emit;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.Local;

/// <summary>
/// A hit in L1 scales with the cores as long as it writes nothing that they share. Timing cannot tell on a machine of few cores; the compiled code can: it is followed from the
/// public methods, and each write that another thread could see must be one of those named here.
/// </summary>
public class HitPathTests
{
    private static readonly Assembly s_caching = typeof(HotShelfCache).Assembly;

    // Where a read leaves the path of a plain hit. Sample: one hit in 64. Grow: a thread's first hit.
    private static readonly HashSet<string> s_exits =
    [
        "PlainLoader..ctor", "ContextLoader..ctor", "HotShelfCache.GetSlowAsync", "HotShelfCache.IsStillCurrent", "HotShelfCache.Sample", "EntryTable.FindLocked", "CacheSpans.TraceHit", "ReadRecorder.Observe", "ThreadCounter.Grow",
    ];

    // A cell for each thread, and the entry's own count of reads: exact up to 1,024, then one read in 64.
    private static readonly HashSet<string> s_writes = ["ThreadCounter.Increment: Count", "LocalEntry.CountRead: Reads", "LocalEntry.CountSample: Reads"];

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields().Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value);

    [Fact]
    public void Hit_FromEachEntry_WritesOnlyToItsThreadsCellAndTheEntrysCount()
    {
        var waiting = new Stack<MethodBase>(typeof(HotShelfCache).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(static method => method.Name is nameof(HybridCache.GetOrCreateAsync) or "GetOrCreateWithContextAsync"));
        Assert.Equal(4, waiting.Count);
        // Called by way of their base class.
        waiting.Push(typeof(LocalEntry<string>).GetMethod(nameof(LocalEntry<string>.Read))!);
        var seen = new HashSet<string>();
        var writes = new HashSet<string>();
        while (waiting.TryPop(out var method))
        {
            if (!seen.Add($"{NameOf(method)}{string.Join(',', method.GetParameters().Select(static parameter => parameter.ParameterType))}") || s_exits.Contains(NameOf(method)))
                continue;
            foreach (var (code, member) in InstructionsOf(method))
            {
                if (member is FieldInfo field && (code == OpCodes.Stfld || code == OpCodes.Stsfld))
                    writes.Add($"{NameOf(method)}: {field.Name}");
                else if (member is MethodBase called && IsShared(called))
                    writes.Add($"{NameOf(method)}: {NameOf(called)}");
                else if (member is MethodBase { DeclaringType.Assembly: var assembly } own && assembly == s_caching)
                    waiting.Push(own);
            }
        }

        Assert.Contains(seen, static name => name.StartsWith("EntryTable.Find", StringComparison.Ordinal));
        Assert.Equal(s_writes.Order(), writes.Order());
    }

    [Fact]
    public void StripedCounter_SixteenThreads_CountsAll()
    {
        var counter = new StripedCounter();
        CountOnSixteenThreads(() => counter.Increment());
        Assert.Equal(160_000, counter.Value);
    }

    [Fact]
    public void ThreadCounter_SixteenThreadsAndTheirSuccessors_CountsAll()
    {
        var counter = new ThreadCounter();
        for (var round = 1; round <= 5; round++)
        {
            CountOnSixteenThreads(() => counter.Increment());
            Assert.Equal(round * 160_000, counter.Value);
        }
    }

    private static void CountOnSixteenThreads(Action increment)
    {
        using var start = new Barrier(16);
        var threads = Enumerable.Range(0, 16).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            for (var i = 0; i < 10_000; i++)
                increment();
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
    }

    private static bool IsShared(MethodBase called) =>
        called.DeclaringType == typeof(Interlocked) || called.DeclaringType == typeof(Monitor) || called.DeclaringType == typeof(Lock)
        || called.DeclaringType == typeof(Volatile) && called.Name == nameof(Volatile.Write)
        || called.DeclaringType is { IsGenericType: true } type && type.Namespace == "System.Collections.Concurrent" && !called.Name.StartsWith("TryGet", StringComparison.Ordinal);

    private static string NameOf(MethodBase method) => $"{method.DeclaringType!.Name.Split('`')[0]}.{method.Name}";

    /// <summary>Each instruction that names a method or a field.</summary>
    private static IEnumerable<(OpCode Code, MemberInfo Member)> InstructionsOf(MethodBase method)
    {
        var bytes = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var types = method.DeclaringType!.GetGenericArguments();
        var own = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (var at = 0; at < bytes.Length;)
        {
            var code = s_codes[bytes[at] == 0xFE ? (short)(0xFE00 | bytes[at + 1]) : bytes[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField)
                yield return (code, method.Module.ResolveMember(BitConverter.ToInt32(bytes, at), types, own)!);
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(bytes, at),
                _ => 4,
            };
        }
    }
}
