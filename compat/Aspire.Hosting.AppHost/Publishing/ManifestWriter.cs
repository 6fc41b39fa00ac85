using System.Globalization;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>
/// Writes the model as the manifest that deployment tools read. Resources come in the model's order; generated parameters, their encoded forms and
/// conditional values, which no resource stands for, follow.
/// </summary>
internal sealed class ManifestWriter(DistributedApplicationModel model, DistributedApplicationExecutionContext execution)
{
    private readonly ManifestReferences _references = new();

    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var stream = File.Create(path);
        await using (stream.ConfigureAwait(false))
        {
            var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            await using (writer.ConfigureAwait(false))
            {
                var context = new ManifestPublishingContext(execution, path, writer, cancellationToken);
                writer.WriteStartObject();
                writer.WriteStartObject("resources");
                foreach (var resource in model.Resources)
                    await WriteResourceAsync(context, resource).ConfigureAwait(false);
                WriteReferences(context);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }
        }
    }

    private async Task WriteResourceAsync(ManifestPublishingContext context, IResource resource)
    {
        if (resource.TryGetLastAnnotation<ManifestPublishingCallbackAnnotation>(out var annotation))
        {
            if (annotation.Callback is null)
                return;
            context.Writer.WriteStartObject(resource.Name);
            await annotation.Callback(context).ConfigureAwait(false);
            context.Writer.WriteEndObject();
            return;
        }

        context.Writer.WriteStartObject(resource.Name);
        switch (resource)
        {
            case ParameterResource parameter:
                WriteParameter(context, parameter);
                break;
            case ProjectResource project:
                await WriteProjectAsync(context, project).ConfigureAwait(false);
                break;
            case ExecutableResource executable:
                await WriteExecutableAsync(context, executable).ConfigureAwait(false);
                break;
            case ContainerResource container:
                await WriteContainerAsync(context, container).ConfigureAwait(false);
                break;
            case IResourceWithConnectionString value:
                context.Writer.WriteString("type", "value.v0");
                WriteConnectionString(context, value);
                break;
            default:
                context.Writer.WriteString("error", "This resource does not support generation in the manifest.");
                break;
        }

        context.Writer.WriteEndObject();
    }

    private static void WriteParameter(ManifestPublishingContext context, ParameterResource parameter)
    {
        var writer = context.Writer;
        writer.WriteString("type", "parameter.v0");
        writer.WriteString("value", $"{{{parameter.Name}.inputs.value}}");
        writer.WriteStartObject("inputs");
        writer.WriteStartObject("value");
        writer.WriteString("type", "string");
        if (parameter.Secret)
            writer.WriteBoolean("secret", true);
        if (parameter.Default is { } value)
        {
            writer.WriteStartObject("default");
            value.WriteToManifest(context);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private async Task WriteProjectAsync(ManifestPublishingContext context, ProjectResource project)
    {
        context.Writer.WriteString("type", "project.v0");
        context.Writer.WriteString("path", RelativeTo(context, project.Annotations.OfType<IProjectMetadata>().Last().ProjectPath));
        await WriteArgumentsAsync(context, project).ConfigureAwait(false);
        await WriteEnvironmentAsync(context, project).ConfigureAwait(false);
        WriteBindings(context, project);
    }

    private async Task WriteExecutableAsync(ManifestPublishingContext context, ExecutableResource executable)
    {
        context.Writer.WriteString("type", "executable.v0");
        context.Writer.WriteString("workingDirectory", RelativeTo(context, executable.WorkingDirectory));
        context.Writer.WriteString("command", executable.Command);
        await WriteArgumentsAsync(context, executable).ConfigureAwait(false);
        await WriteEnvironmentAsync(context, executable).ConfigureAwait(false);
        WriteBindings(context, executable);
    }

    private async Task WriteContainerAsync(ManifestPublishingContext context, ContainerResource container)
    {
        var writer = context.Writer;
        writer.WriteString("type", "container.v0");
        if (container is IResourceWithConnectionString withConnectionString)
            WriteConnectionString(context, withConnectionString);
        if (container.TryGetLastAnnotation<ContainerImageAnnotation>(out var image))
            writer.WriteString("image", $"{(image.Registry is { } registry ? registry + "/" : "")}{image.Image}:{image.Tag}");
        if (container.Entrypoint is { } entrypoint)
            writer.WriteString("entrypoint", entrypoint);
        await WriteArgumentsAsync(context, container).ConfigureAwait(false);
        WriteMounts(context, container, ContainerMountType.BindMount, "bindMounts");
        WriteMounts(context, container, ContainerMountType.Volume, "volumes");
        await WriteEnvironmentAsync(context, container).ConfigureAwait(false);
        WriteBindings(context, container);
    }

    private static void WriteMounts(ManifestPublishingContext context, ContainerResource container, ContainerMountType type, string name)
    {
        var mounts = container.Annotations.OfType<ContainerMountAnnotation>().Where(m => m.Type == type).ToArray();
        if (mounts.Length == 0)
            return;
        context.Writer.WriteStartArray(name);
        foreach (var mount in mounts)
        {
            context.Writer.WriteStartObject();
            if (mount.Source is { } source)
                context.Writer.WriteString(type == ContainerMountType.Volume ? "name" : "source", type == ContainerMountType.Volume ? source : RelativeTo(context, source));
            context.Writer.WriteString("target", mount.Target);
            context.Writer.WriteBoolean("readOnly", mount.IsReadOnly);
            context.Writer.WriteEndObject();
        }

        context.Writer.WriteEndArray();
    }

    private void WriteConnectionString(ManifestPublishingContext context, IResourceWithConnectionString resource)
    {
        _references.Add(resource.ConnectionStringExpression);
        context.Writer.WriteString("connectionString", resource.ConnectionStringExpression.ValueExpression);
    }

    private async Task WriteArgumentsAsync(ManifestPublishingContext context, IResource resource)
    {
        var arguments = new CommandLineArgsCallbackContext([], resource, context.CancellationToken) { ExecutionContext = execution };
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await callback.Callback(arguments).ConfigureAwait(false);
        if (arguments.Args.Count == 0)
            return;
        context.Writer.WriteStartArray("args");
        foreach (var argument in arguments.Args)
            context.Writer.WriteStringValue(TextOf(argument));
        context.Writer.WriteEndArray();
    }

    private async Task WriteEnvironmentAsync(ManifestPublishingContext context, IResource resource)
    {
        var variables = new EnvironmentCallbackContext(execution, resource, [], context.CancellationToken);
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await callback.Callback(variables).ConfigureAwait(false);
        if (variables.EnvironmentVariables.Count == 0)
            return;
        context.Writer.WriteStartObject("env");
        foreach (var (name, value) in variables.EnvironmentVariables)
            context.Writer.WriteString(name, TextOf(value));
        context.Writer.WriteEndObject();
    }

    private static void WriteBindings(ManifestPublishingContext context, IResource resource)
    {
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        if (endpoints.Length == 0)
            return;
        var writer = context.Writer;
        var nextPort = 8000;
        writer.WriteStartObject("bindings");
        foreach (var endpoint in endpoints)
        {
            writer.WriteStartObject(endpoint.Name);
            writer.WriteString("scheme", endpoint.UriScheme);
            writer.WriteString("protocol", endpoint.Protocol.ToString().ToLowerInvariant());
            writer.WriteString("transport", endpoint.Transport);
            if (resource is not ProjectResource && endpoint.Port is { } port)
                writer.WriteNumber("port", port);
            // The first http and https endpoints of a project get the deployer's default ports; every further one needs a port of its own.
            if (endpoint.TargetPort is { } target)
                writer.WriteNumber("targetPort", target);
            else if (resource is ProjectResource && Array.Find(endpoints, e => e.UriScheme == endpoint.UriScheme) != endpoint)
                writer.WriteNumber("targetPort", nextPort++);
            if (endpoint.IsExternal)
                writer.WriteBoolean("external", true);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private void WriteReferences(ManifestPublishingContext context)
    {
        var writer = context.Writer;
        foreach (var parameter in _references.Parameters)
        {
            if (!model.Resources.Contains(parameter))
            {
                writer.WriteStartObject(parameter.Name);
                WriteParameter(context, parameter);
                writer.WriteEndObject();
            }

            foreach (var format in _references.FormatsOf(parameter))
            {
                writer.WriteStartObject($"{parameter.Name}-{format}-encoded");
                writer.WriteString("type", "annotated.string");
                writer.WriteString("value", parameter.ValueExpression);
                writer.WriteString("filter", format);
                writer.WriteEndObject();
            }
        }

        foreach (var conditional in _references.Conditionals)
        {
            writer.WriteStartObject(conditional.ConditionName);
            writer.WriteString("type", "value.v0");
            // A published endpoint's TLS is known now: what the condition chooses is written, not the choice.
            writer.WriteString("connectionString", ManifestReferences.Chosen(conditional).ValueExpression);
            writer.WriteEndObject();
        }
    }

    private string TextOf(object value)
    {
        _references.Add(value);
        return value switch
        {
            string text => text,
            IManifestExpressionProvider expression => expression.ValueExpression,
            IResourceBuilder<IResource> { Resource: IManifestExpressionProvider expression } => expression.ValueExpression,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
    }

    private static string RelativeTo(ManifestPublishingContext context, string path) =>
        Path.GetRelativePath(Path.GetDirectoryName(context.ManifestPath)!, path).Replace('\\', '/');
}

/// <summary>What the manifest's expressions refer to and no resource of the model stands for.</summary>
internal sealed class ManifestReferences
{
    private readonly HashSet<object> _seen = [];
    private readonly Dictionary<ParameterResource, List<string>> _formats = [];

    public List<ParameterResource> Parameters { get; } = [];

    public List<ReferenceExpression> Conditionals { get; } = [];

    public IEnumerable<string> FormatsOf(ParameterResource parameter) => _formats.GetValueOrDefault(parameter, []);

    public static ReferenceExpression Chosen(ReferenceExpression conditional) =>
        conditional.Condition is EndpointReferenceExpression { Property: EndpointProperty.TlsEnabled } condition
            && string.Equals(condition.Endpoint.TlsEnabled.ToString(), conditional.MatchValue, StringComparison.OrdinalIgnoreCase) ? conditional.WhenTrue! : conditional.WhenFalse!;

    public void Add(object? value)
    {
        switch (value)
        {
            case ParameterResource parameter:
                if (_seen.Add(parameter))
                    Parameters.Add(parameter);
                break;
            case ReferenceExpression { IsConditional: true } conditional:
                if (_seen.Add(conditional.ConditionName))
                    Conditionals.Add(conditional);
                break;
            case ReferenceExpression expression:
                for (var i = 0; i < expression.ValueProviders.Count; i++)
                {
                    Add(expression.ValueProviders[i]);
                    if (expression.ValueProviders[i] is ParameterResource encoded && expression.StringFormats[i] is { } format)
                        AddFormat(encoded, format);
                }

                break;
            case IValueWithReferences references when _seen.Add(references):
                foreach (var reference in references.References)
                    Add(reference);
                break;
        }
    }

    private void AddFormat(ParameterResource parameter, string format)
    {
        if (!_formats.TryGetValue(parameter, out var formats))
            _formats[parameter] = formats = [];
        if (!formats.Contains(format))
            formats.Add(format);
    }
}
