using System.Collections;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>The environment and the arguments of one process, all values resolved.</summary>
internal sealed record Launch(IReadOnlyDictionary<string, string> Environment, IReadOnlyList<string> Arguments)
{
    // Ours, not the children's: each resource has its own or none.
    private static readonly HashSet<string> s_notInherited = new(StringComparer.OrdinalIgnoreCase)
        { "ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPIRE_LOG_LEVEL" };

    public static async Task<Launch> ResolveAsync(LocalEngine engine, IResource resource, Instance instance, ILogger logger, CancellationToken cancellationToken)
    {
        var variables = new EnvironmentCallbackContext(engine.Execution, resource, [], cancellationToken) { Logger = logger };
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
            await callback.Callback(variables).ConfigureAwait(false);
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in variables.EnvironmentVariables)
        {
            await engine.Secrets.AddSourcesAsync(value, cancellationToken).ConfigureAwait(false);
            if (await ValueOfAsync(engine, resource, value, cancellationToken).ConfigureAwait(false) is { } text)
                environment[name] = ReplicaTemplate.Fill(text, resource.Name, instance.Suffix, instance.Ports);
        }

        var arguments = new CommandLineArgsCallbackContext([], resource, cancellationToken) { ExecutionContext = engine.Execution, Logger = logger };
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
            await callback.Callback(arguments).ConfigureAwait(false);
        var words = new List<string>();
        foreach (var argument in arguments.Args)
        {
            if (await ValueOfAsync(engine, resource, argument, cancellationToken).ConfigureAwait(false) is { } text)
                words.Add(ReplicaTemplate.Fill(text, resource.Name, instance.Suffix, instance.Ports));
        }

        return new Launch(environment, words);
    }

    /// <summary>What the process inherits of our environment, under what the application gives it.</summary>
    public Dictionary<string, string> WholeEnvironment()
    {
        var whole = new Dictionary<string, string>();
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            if (entry is { Key: string name, Value: string value } && !s_notInherited.Contains(name))
                whole[name] = value;
        }

        foreach (var (name, value) in Environment)
            whole[name] = value;
        return whole;
    }

    private static async ValueTask<string?> ValueOfAsync(LocalEngine engine, IResource resource, object? value, CancellationToken cancellationToken) => value switch
    {
        null => null,
        string text => text,
        IValueProvider provider => await provider.GetValueAsync(new ValueProviderContext { ExecutionContext = engine.Execution, Caller = resource }, cancellationToken).ConfigureAwait(false),
        IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(cancellationToken).ConfigureAwait(false),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
