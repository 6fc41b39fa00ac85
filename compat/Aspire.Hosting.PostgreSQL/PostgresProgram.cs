using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting.Postgres;

/// <summary>Runs the PostgreSQL server of this machine on the volume's folder, as a user that is not root.</summary>
internal sealed class PostgresProgram : LocalProgram
{
    public override string HowToInstall => "install it (apt-get install postgresql, brew install postgresql)";

    // SIGINT: fast shutdown; SIGTERM would wait for the clients.
    public override string ContainerStopSignal => "INT";

    public override string? Missing(IResource resource) =>
        PostgresInstallation.Find().Count > 0 ? null : $"'{resource.Name}' needs PostgreSQL, and no server programs (initdb, postgres) were found";

    public override async Task<ProgramStart> PrepareAsync(ProgramContext context, CancellationToken cancellationToken)
    {
        var cluster = PostgresCluster.Of(context);
        await cluster.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return new ProgramStart(Path.Combine(cluster.Binaries, "postgres"), [.. Arguments(context, cluster)], cluster.Folder)
        {
            User = cluster.User,
            // SIGINT: fast shutdown, sessions are ended and the data is written out. SIGQUIT: at once, the next start recovers.
            StopSignal = "INT",
            FarewellSignal = "QUIT",
        };
    }

    public override bool IsImportant(string line) => !line.Contains("the database system is ", StringComparison.Ordinal) && ((string[])[" ERROR:", " FATAL:", " PANIC:"]).Any(level => line.Contains(level, StringComparison.Ordinal));

    private static IEnumerable<string> Arguments(ProgramContext context, PostgresCluster cluster)
    {
        yield return "-D";
        yield return cluster.Data;
        yield return "-p";
        yield return context.Ports[PostgresServerResource.PrimaryEndpointName].ToString(CultureInfo.InvariantCulture);
        yield return "-c";
        yield return "listen_addresses=localhost";
        // TCP only: the path of a socket in a volume's folder may be longer than sockets allow.
        yield return "-c";
        yield return "unix_socket_directories=";
        // Several replicas with a pool of a hundred each, as Npgsql has by default.
        yield return "-c";
        yield return "max_connections=300";
        yield return "-c";
        yield return "password_encryption=scram-sha-256";
        // The container's own arguments are "postgres -c ..." or just "-c ...".
        foreach (var argument in context.Arguments.SkipWhile(a => a == "postgres"))
            yield return argument;
    }
}
