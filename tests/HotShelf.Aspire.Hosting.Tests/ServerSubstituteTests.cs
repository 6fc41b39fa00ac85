using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Executables;

namespace HotShelf.Aspire.Hosting.Tests;

public sealed class ServerSubstituteTests
{
    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task Prepare_StartBreaksOff_LeavesNoSecrets(Type exception)
    {
        await using var app = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { AssemblyName = "Playground.AppHost", DisableDashboard = true }).Build();
        var program = new BrokenProgram((Exception)Activator.CreateInstance(exception)!);
        var substitute = ServerSubstitute.Create(new RedisResource("cache"), new RunAsExecutableAnnotation(program, new()));

        await Assert.ThrowsAsync(exception, () => substitute.PrepareAsync(app.Services, CancellationToken.None));

        Assert.NotNull(program.Folder);
        Assert.False(Directory.Exists(program.Folder));
    }

    /// <summary>A program whose start fails after it has written a secret.</summary>
    private sealed class BrokenProgram(Exception exception) : ServerProgram
    {
        public string? Folder { get; private set; }

        public override IReadOnlyList<string> Images => [];

        public override IEnumerable<object> PortArguments(IResourceWithEndpoints resource) => [];

        public override bool IsData(ContainerMountAnnotation mount) => false;

        public override Task<ServerLaunch> PrepareAsync(ServerStart start, CancellationToken cancellationToken)
        {
            Folder = start.RunFolder;
            Tool.WritePrivate(Path.Combine(Folder, "password"), "secret");
            throw exception;
        }
    }
}
