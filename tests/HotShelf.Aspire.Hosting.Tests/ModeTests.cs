using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace HotShelf.Aspire.Hosting.Tests;

public sealed class ModeTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_ConfigurationSaysNever_StaysAContainerWhateverTheCodeSays()
    {
        await using var app = await TestApp.StartOnlyAsync(
            builder => builder.AddRedis("cache").WithExplicitStart().RunAsExecutable(options => options.Mode = RunAsExecutableMode.Always), "--Aspire:RunAsExecutable:Mode=Never");

        Assert.IsType<RedisResource>(app.Server("cache"));
    }

    [Fact]
    public async Task Start_ConfigurationOfOneResource_ComesBeforeThatOfAll()
    {
        await using var app = await TestApp.StartOnlyAsync(
            builder =>
            {
                builder.AddRedis("cache").WithExplicitStart().RunAsExecutable();
                builder.AddPostgres("postgres").WithExplicitStart().RunAsExecutable();
            },
            "--Aspire:RunAsExecutable:Mode=Never", "--Aspire:RunAsExecutable:cache:Mode=Always");

        Assert.IsType<ServerExecutableResource>(app.Server("cache"));
        Assert.IsType<PostgresServerResource>(app.Server("postgres"));
    }

    [Fact]
    public async Task Publish_Manifest_IsThatOfTheContainers()
    {
        static void Always(RunAsExecutableOptions options) => options.Mode = RunAsExecutableMode.Always;
        var containers = await ManifestAsync("without", _ => { }, _ => { });
        Assert.Equal(containers, await ManifestAsync("with", redis => redis.RunAsExecutable(Always), postgres => postgres.RunAsExecutable(Always)));
    }

    private async Task<string> ManifestAsync(string name, Action<IResourceBuilder<RedisResource>> redis, Action<IResourceBuilder<PostgresServerResource>> postgres)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            AssemblyName = "Playground.AppHost",
            DisableDashboard = true,
            Args = ["--operation", "publish", "--step", "publish-manifest", "--output-path", _folder[$"{name}.json"]],
        });
        redis(builder.AddRedis("cache").WithDataVolume("data"));
        postgres(builder.AddPostgres("postgres").WithDataVolume("data"));
        await using var app = builder.Build();
        await app.RunAsync();
        var manifest = await File.ReadAllTextAsync(_folder[$"{name}.json"]);
        Assert.Equal("container.v0", JsonDocument.Parse(manifest).RootElement.GetProperty("resources").GetProperty("cache").GetProperty("type").GetString());
        return manifest;
    }
}
