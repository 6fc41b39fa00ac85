using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Executables;

/// <summary>One start of a server: what the container was configured with, and the folders of the process.</summary>
internal sealed class ServerStart
{
    private readonly Dictionary<string, object> _environment;

    private ServerStart(ServerSubstitute substitute, ILogger logger, List<object> arguments, Dictionary<string, object> environment)
    {
        Name = substitute.Server.Name;
        Options = substitute.Server.Settings.Options;
        RunFolder = substitute.RunFolder;
        IsDataKept = substitute.DataFolder is not null;
        DataFolder = substitute.DataFolder ?? Path.Combine(substitute.RunFolder, "data");
        Logger = logger;
        Arguments = arguments;
        _environment = environment;
    }

    public string Name { get; }

    public RunAsExecutableOptions Options { get; }

    public ILogger Logger { get; }

    /// <summary>The container's arguments: strings, and values that are still to be resolved.</summary>
    public IReadOnlyList<object> Arguments { get; }

    /// <summary>Removed when the server has ended.</summary>
    public string RunFolder { get; }

    /// <summary>The folder of the volume or bind mount. Without one it is part of <see cref="RunFolder"/>.</summary>
    public string DataFolder { get; }

    /// <summary>True when the data outlives the server.</summary>
    public bool IsDataKept { get; }

    /// <summary>Runs the callbacks that configured the container.</summary>
    public static async Task<ServerStart> CreateAsync(ServerSubstitute substitute, IServiceProvider services, CancellationToken cancellationToken)
    {
        var server = substitute.Server;
        var execution = services.GetRequiredService<DistributedApplicationExecutionContext>();
        var logger = services.GetRequiredService<ResourceLoggerService>().GetLogger(server);
        var arguments = new List<object>();
        foreach (var annotation in substitute.ContainerArguments)
            await annotation.Callback(new CommandLineArgsCallbackContext(arguments, server, cancellationToken) { ExecutionContext = execution, Logger = logger }).ConfigureAwait(false);
        var environment = new Dictionary<string, object>();
        foreach (var annotation in server.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
            await annotation.Callback(new EnvironmentCallbackContext(execution, server, environment, cancellationToken) { Logger = logger }).ConfigureAwait(false);
        return new ServerStart(substitute, logger, arguments, environment);
    }

    /// <summary>The value of a variable of the container's environment, or an empty text.</summary>
    public async Task<string> VariableAsync(string name, CancellationToken cancellationToken) =>
        _environment.TryGetValue(name, out var value) ? await TextOfAsync(value, cancellationToken).ConfigureAwait(false) : "";

    /// <summary>The words that a shell makes of <paramref name="line"/>, which has one at least, with the container's environment.</summary>
    public async Task<string[]> WordsAsync(string line, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>();
        foreach (var name in _environment.Keys.Where(name => line.Contains($"${name}", StringComparison.Ordinal) || line.Contains($"${{{name}", StringComparison.Ordinal)))
            variables[name] = await VariableAsync(name, cancellationToken).ConfigureAwait(false);
        // By its standard input: the line may hold secrets, and everyone can read the arguments of a process. Values are not split or expanded again.
        var result = await Tool.RunAsync("/bin/sh", [], cancellationToken, input: $"set -f\nIFS=\nprintf '%s\\0' {line}\n", variables: variables).ConfigureAwait(false);
        return result.Code == 0 ? result.Output.Split('\0')[..^1]
            : throw new ServerStartException($"The arguments of '{Name}' are not a command line that a shell understands: {result.Errors}");
    }

    /// <summary>The text of an argument or of a variable's value.</summary>
    public static async Task<string> TextOfAsync(object value, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        IValueProvider provider => await provider.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? "",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
