using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Aspire.Hosting.Tests;

public sealed class RedisTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RedisFact]
    public async Task Start_ArgumentsAndPassword_ReachTheServerAndNoProcessShowsTheSecret()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache")
            .WithArgs("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru", "--save", "''")
            .RunAsExecutable());
        await app.HealthyAsync("cache");
        await using var redis = await ConnectAsync(app);

        Assert.Equal("67108864", await SettingAsync(redis, "maxmemory"));
        Assert.Equal("allkeys-lru", await SettingAsync(redis, "maxmemory-policy"));
        Assert.Equal("", await SettingAsync(redis, "save"));
        Assert.Equal(TestApp.Password, await SettingAsync(redis, "requirepass"));
        var runFolder = Path.GetDirectoryName((await SettingAsync(redis, "dir"))!)!;
        Assert.NotEmpty(Processes.With(runFolder));
        Assert.Empty(Processes.With(TestApp.PasswordEnd));
        // Redis overwrites its arguments once it runs. The script has those that it was started with.
        Assert.DoesNotContain(TestApp.PasswordEnd, await File.ReadAllTextAsync(Path.Combine(runFolder, "run")), StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(runFolder), file => Assert.True(TestFolder.IsPrivate(file), file));
    }

    [RedisFact]
    public async Task Start_NoPassword_NeedsNone()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache").WithPassword(null).RunAsExecutable());

        await app.HealthyAsync("cache");
        await using var redis = await ConnectAsync(app);
        Assert.Equal("", await SettingAsync(redis, "requirepass"));
    }

    [RedisFact]
    public async Task Restart_FolderOfTheLastRunIsAnothersByNow_IsNotUsed()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache").RunAsExecutable());
        await app.HealthyAsync("cache");
        string last;
        await using (var redis = await ConnectAsync(app))
            last = Path.GetDirectoryName((await SettingAsync(redis, "dir"))!)!;

        await app.CommandAsync("cache", KnownResourceCommands.StopCommand);
        await app.StateAsync("cache", KnownResourceStates.Finished);
        Directory.CreateDirectory(last);
        await app.CommandAsync("cache", KnownResourceCommands.StartCommand);
        await app.HealthyAsync("cache");

        Assert.Empty(Directory.GetFileSystemEntries(last));
        Directory.Delete(last);
    }

    [RedisFact]
    public async Task Start_VolumeWithoutAName_IsNotSharedWithOtherApplications()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache").WithVolume("/data").RunAsExecutable(options => options.VolumesDirectory = _folder.Path));

        await app.HealthyAsync("cache");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [RedisFact]
    public async Task Restart_DataVolume_KeepsTheData()
    {
        await using var app = await TestApp.StartAsync(Cache);
        await app.HealthyAsync("cache");
        await using (var redis = await ConnectAsync(app))
            await redis.GetDatabase().StringSetAsync("kept", "yes");

        await app.CommandAsync("cache", KnownResourceCommands.StopCommand);
        await app.StateAsync("cache", KnownResourceStates.Finished);
        await app.CommandAsync("cache", KnownResourceCommands.StartCommand);
        await app.HealthyAsync("cache");

        await using var again = await ConnectAsync(app);
        Assert.Equal("yes", await again.GetDatabase().StringGetAsync("kept"));
        Assert.True(File.Exists(_folder["data", "dump.rdb"]));
    }

    [RedisFact]
    public async Task Start_DataInUse_SaysByWhom()
    {
        await using var first = await TestApp.StartAsync(Cache);
        await first.HealthyAsync("cache");
        await using var second = await TestApp.StartAsync(Cache);

        await second.StateAsync("cache", KnownResourceStates.FailedToStart);
        Assert.Contains($"its data in {_folder["data"]} is in use by process", await second.LogAsync("cache", "is in use"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Start_PidFileOfAKilledServer_IsRemoved()
    {
        Directory.CreateDirectory(_folder["data"]);
        await File.WriteAllTextAsync(_folder["data", "redis.pid"], $"{Environment.ProcessId}\n");
        await using var app = await TestApp.StartAsync(Cache);

        await app.HealthyAsync("cache");
        await app.LogAsync("cache", "Removed");
    }

    [RedisFact]
    public async Task Start_Modules_AreRefusedByName()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache").WithArgs("--loadmodule", "/opt/redis-stack/lib/rejson.so").RunAsExecutable());

        await app.StateAsync("cache", KnownResourceStates.FailedToStart);
        Assert.Contains("the Redis modules /opt/redis-stack/lib/rejson.so", await app.LogAsync("cache", "modules"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Start_FilesOfTheContainer_AreRefusedByName()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache").WithBindMount(_folder.Path, "/usr/local/etc/redis").RunAsExecutable());

        await app.StateAsync("cache", KnownResourceStates.FailedToStart);
        await app.LogAsync("cache", "uses files that only its container has: /usr/local/etc/redis");
    }

    [RedisFact]
    public async Task Start_ImageOfItsOwn_IsRefusedByName()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache").WithImage("redis/redis-stack-server", "7.4").RunAsExecutable());

        await app.StateAsync("cache", KnownResourceStates.FailedToStart);
        await app.LogAsync("cache", "the image redis/redis-stack-server");
    }

    [RedisFact]
    public async Task Start_MissingProgram_SaysWhatToInstallAndStartsOnceItIsThere()
    {
        await using var app = await TestApp.StartAsync(builder =>
        {
            var cache = builder.AddRedis("cache").RunAsExecutable(options => options.ProgramsDirectory = _folder.Path);
            builder.AddExecutable("client", "/bin/true", "/").WaitFor(cache);
        });
        await app.StateAsync("cache", KnownResourceStates.FailedToStart);
        var log = await app.LogAsync("cache", "neither redis-server nor valkey-server was found");
        Assert.Contains("install", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        await app.StateAsync("client", KnownResourceStates.FailedToStart);

        // The second name is as good as the first.
        File.CreateSymbolicLink(_folder["valkey-server"], Programs.RedisServer!);
        await app.CommandAsync("cache", KnownResourceCommands.StartCommand);
        await app.HealthyAsync("cache");
    }

    [RedisFact]
    public async Task Start_TakenPort_FailsWithItsNumber()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await using var app = await TestApp.StartAsync(builder => builder.AddRedis("cache", port).RunAsExecutable(), "--DcpPublisher:RandomizePorts=false");

        await app.StateAsync("cache", KnownResourceStates.FailedToStart);
        await app.LogAsync("cache", $"port {port} is in use");
    }

    private void Cache(IDistributedApplicationBuilder builder) => builder.AddRedis("cache").WithDataBindMount(_folder["data"]).RunAsExecutable();

    private static async Task<ConnectionMultiplexer> ConnectAsync(TestApp app) => await ConnectionMultiplexer.ConnectAsync((await app.ConnectionStringAsync("cache")) + ",allowAdmin=true");

    private static async Task<string?> SettingAsync(ConnectionMultiplexer redis, string name) =>
        (await redis.GetServers()[0].ConfigGetAsync(name)).Single().Value;
}
