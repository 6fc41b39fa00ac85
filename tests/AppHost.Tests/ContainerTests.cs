using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>Containers, with a program in Docker's place that writes down how it is called.</summary>
public sealed class ContainerTests : IDisposable
{
    private const string Script = """
        #!/bin/sh
        here=$(dirname "$0")
        echo "$1 $2" >>"$here/calls"
        case $1 in
          info) exit 0 ;;
          rm) exit 0 ;;
        esac
        printf '%s\n' "$@" >"$here/arguments.new"
        while [ $# -gt 0 ]; do
          case $1 in
            --env-file) cp "$2" "$here/variables"; . "$2" ;;
            --publish) port=${2#127.0.0.1:}; port=${port%%:*} ;;
          esac
          shift
        done
        mv "$here/arguments.new" "$here/arguments"
        echo 'hello from the container'
        [ -z "$REDIS_PASSWORD" ] || exec redis-server --port "$port" --requirepass "$REDIS_PASSWORD" --save '' --dir "$here"
        trap 'echo told to end; exit 0' TERM
        while :; do sleep 0.05; done
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("container-tests-").FullName;
    private readonly CancellationTokenSource _limit = new(SampleApplication.Limit);

    private string Program => Path.Combine(_folder, "docker");

    public ContainerTests()
    {
        File.WriteAllText(Program, Script);
        File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public void Dispose()
    {
        _limit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Container_RunsItsImageWithWhatTheModelSays()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create($"--LocalEngine:ContainerProgram={Program}");
        var secret = builder.AddParameter("key", "s3cret", secret: true);
        builder.AddContainer("web", "library/nginx", "1.29")
            .WithImageRegistry("docker.io").WithEntrypoint("/bin/web").WithArgs("-v", "two words")
            .WithHttpEndpoint(targetPort: 80).WithEnvironment("KEY", secret).WithEnvironment("COLOUR", "blue")
            .WithVolume("web-data", "/data").WithBindMount("/etc/ssl", "/ssl", isReadOnly: true);
        await using (var application = await builder.BuildAsync(_limit.Token))
        {
            await application.StartAsync(_limit.Token);
            await application.ResourceNotifications.WaitForResourceHealthyAsync("web", _limit.Token);
            await Until.TrueAsync(() => Lines.Of(application, "web").Contains("hello from the container"));
            var arguments = await ReadAsync("arguments");
            var port = application.GetEndpoint("web").Port;
            Assert.Equal(["run", "--rm", "--init", "--name", arguments[4], "--env-file", arguments[6], "--add-host", "host.docker.internal:host-gateway", "--label", arguments[10],
                "--publish", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}:80/tcp"),
                "--mount", "type=volume,source=web-data,target=/data", "--mount", "type=bind,source=/etc/ssl,target=/ssl,readonly",
                "--entrypoint", "/bin/web", "docker.io/library/nginx:1.29", "-v", "two words"], arguments);
            Assert.Equal(["COLOUR=blue", "KEY=s3cret"], await ReadAsync("variables"));
        }

        Assert.Contains("rm --force", await ReadAsync("calls"));
    }

    [RedisFact]
    public async Task Redis_ContainersPreferred_RunsTheImageAndIsHealthy()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create($"--LocalEngine:ContainerProgram={Program}", "--LocalEngine:PreferContainers=true");
        builder.AddRedis("cache").WithDataVolume("cache-data");
        await using var application = await builder.BuildAsync(_limit.Token);
        await application.StartAsync(_limit.Token);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("cache", _limit.Token);
        var arguments = await ReadAsync("arguments");
        Assert.Equal(["--mount", "type=volume,source=cache-data,target=/data", "--entrypoint", "/bin/sh", "docker.io/library/redis:8.6", "-c", "redis-server --requirepass $REDIS_PASSWORD --save 60 1"], arguments[^7..]);
        Assert.DoesNotContain(arguments, a => a.Contains((application.GetConnectionStringAsync("cache").AsTask().Result ?? "?").Split("password=")[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Container_NothingAnswers_FailsAndNamesBothWaysOut()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create("--LocalEngine:ContainerProgram=/bin/false", "--LocalEngine:PreferContainers=true");
        builder.AddContainer("web", "library/nginx");
        builder.AddRedis("cache");
        await using var application = await builder.BuildAsync(_limit.Token);
        await application.StartAsync(_limit.Token);
        Assert.Contains("'web' is a container (image library/nginx:latest), and neither Docker nor Podman answers. Two ways out: install and start one of them", await ReasonAsync(application, "web"), StringComparison.Ordinal);
        Assert.Contains("apt-get install redis-server", await ReasonAsync(application, "cache"), StringComparison.Ordinal);
    }

    private async Task<string> ReasonAsync(DistributedApplication application, string resource)
    {
        await application.ResourceNotifications.WaitForResourceAsync(resource, KnownResourceStates.FailedToStart, _limit.Token);
        return string.Join('\n', Lines.Of(application, resource));
    }

    private Task<string[]> ReadAsync(string file) => File.ReadAllLinesAsync(Path.Combine(_folder, file), _limit.Token);
}
