using HotShelf.Catalog;

namespace HotShelf.CacheWorker;

/// <summary>
/// The command <c>migrate</c>: brings the database to the state this build needs and ends, for a job that runs before a roll-out with rights that the
/// services need not have. Settings are the worker's; Redis is not asked for.
/// </summary>
internal static class Migration
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Command = "migrate";

    /// <summary>0: the schema is up to date; 1: the database refused, or the process was told to stop first. One that is away is waited for.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args[1..]);
        // No requests arrive here, so no load balancer has to be told first.
        builder.AddServiceDefaults(static defaults => defaults.DrainDelay = TimeSpan.Zero);
        builder.AddCheckedNpgsqlDataSource("productdb");
        builder.Services.AddCatalogSetup();
        builder.Services.PostConfigure<CatalogSetupOptions>(static setup => setup.ApplySchema = true);
        using var host = builder.Build();
        var setup = host.Services.GetRequiredService<CatalogSetup>();
        await host.StartAsync();
        await Task.WhenAny(setup.Completed, host.WaitForShutdownAsync());
        await host.StopAsync();
        return setup.Completed.IsCompletedSuccessfully ? 0 : 1;
    }
}
