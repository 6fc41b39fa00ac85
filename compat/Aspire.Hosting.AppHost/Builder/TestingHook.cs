using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>
/// How a test takes part in an AppHost's entry point: set before the entry point is called on a thread of its own, it flows to
/// <see cref="DistributedApplication.CreateBuilder(string[])"/> and <see cref="IDistributedApplicationBuilder.Build"/>.
/// </summary>
internal abstract class TestingHook
{
    public static AsyncLocal<TestingHook?> Current { get; } = new();

    public abstract Assembly? EntryAssembly { get; }

    public abstract string TestName { get; }

    public abstract string[] Arguments(string[]? ofEntryPoint);

    public abstract void Configure(DistributedApplicationOptions options, HostApplicationBuilderSettings settings, string appHostDirectory);

    /// <summary>Called by the entry point's thread; returns when the test wants the application built.</summary>
    public abstract void Building(IDistributedApplicationBuilder builder);

    /// <summary>Called with the built application; throws to end the entry point.</summary>
    public abstract void Built(DistributedApplication application);
}
