using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace HotShelf.Aspire.Hosting.Tests;

public sealed class ContainerEngineTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [EngineFact]
    public async Task Auto_EngineAnswers_RedisStaysAContainer()
    {
        await using var engine = await ContainerEngine.StartAsync(_folder["engine"]);
        var image = DistributedApplication.CreateBuilder([]).AddRedis("cache").Resource.Annotations.OfType<ContainerImageAnnotation>().Single();
        var made = await engine.RunAsync("bash", Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "make-image.sh"), _folder.Path, $"{image.Registry}/{image.Image}:{image.Tag}");
        Assert.True(made.Code == 0, made.Output);

        await using var app = AppHostProcess.Start(_folder.Path, engine.Environment, "--Aspire:RunAsExecutable:postgres:Mode=Always");
        await using var redis = await app.ConnectAsync(tls: false);

        Assert.True(await redis.GetDatabase().StringSetAsync("key", "value"));
        Assert.Equal($"redis:{image.Tag}\n", (await engine.RunAsync("docker", "ps", "--format", "{{.Image}}")).Output);
        Assert.Empty(Directory.GetDirectories(_folder["tmp"], "aspire-cache-*"));
    }
}
