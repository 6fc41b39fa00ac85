namespace HotShelf.Caching.Tests.Liveness;

/// <summary>Tests whose result is a time run alone, after the others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TimedTests
{
    public const string Name = "Timed";
}
