using HotShelf.Caching.Benchmarks;

// Plain loops by default: they need no elevated rights and no child processes, and each ratio is taken within one run.
// 'bdn' runs the same L1 cases under BenchmarkDotNet.
if (args is ["bdn", ..])
{
    BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(LocalHitBenchmarks).Assembly).Run(args[1..]);
    return;
}

var suites = new Dictionary<string, Func<Task>>
{
    ["l1"] = LocalHits.RunAsync,
    ["l2"] = RemoteHits.RunAsync,
    ["batch"] = Batches.RunAsync,
    ["fill"] = ColdFills.RunAsync,
    ["storm"] = Storm.RunAsync,
    ["coherence"] = CoherenceDelay.RunAsync,
    ["memory"] = MemoryPerEntry.RunAsync,
    ["hitratio"] = HotShelf.Caching.Benchmarks.HitRatio.HitRatios.RunAsync,
    ["popularity"] = PopularityCounting.RunAsync,
};
if (args.Length > 0 && args.FirstOrDefault(name => !suites.ContainsKey(name)) is { } unknown)
{
    Console.Error.WriteLine($"There is no suite '{unknown}'. Suites: {string.Join(", ", suites.Keys)}; or 'bdn' for BenchmarkDotNet.");
    Environment.ExitCode = 2;
    return;
}

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().DateTime):yyyy-MM-dd}");
foreach (var name in args.Length > 0 ? args : [.. suites.Keys])
    await suites[name]();
