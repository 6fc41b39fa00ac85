using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Adding parameters.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>A value from configuration <c>Parameters:name</c>; without it, whoever needs the value fails to start and says so.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        Add(builder, new ParameterResource(name, _ => FromConfiguration(builder, name) ?? throw Missing(name, $"Parameters:{name}"), secret));

    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        AddParameter(builder, name, () => value, publishValueAsDefault, secret);

    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(valueGetter);
        if (publishValueAsDefault && secret)
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        var parameter = new ParameterResource(name, _ => FromConfiguration(builder, name) ?? valueGetter(), secret);
        if (publishValueAsDefault)
            parameter.Default = new ConstantParameterDefault(valueGetter);
        return Add(builder, parameter);
    }

    /// <summary>A value from configuration, else made by <paramref name="value"/>; with <paramref name="persist"/> a made value is kept for later runs.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false) =>
        Add(builder, new ParameterResource(name, given => FromConfiguration(builder, name) ?? Made(builder, name, given ?? value, persist), secret) { Default = value });

    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(this IDistributedApplicationBuilder builder, string name, string configurationKey, bool secret = false) =>
        Add(builder, new ParameterResource(name, _ => builder.Configuration[configurationKey] ?? throw Missing(name, configurationKey), secret));

    public static IResourceBuilder<ParameterResource> WithDescription(this IResourceBuilder<ParameterResource> builder, string description, bool enableMarkdown = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Description = description;
        builder.Resource.EnableDescriptionMarkdown = enableMarkdown;
        return builder;
    }

    /// <summary>A password that is generated once and kept; the resource is not added to the model.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(IDistributedApplicationBuilder builder, string name, bool lower = true, bool upper = true, bool numeric = true, bool special = true,
        int minLower = 0, int minUpper = 0, int minNumeric = 0, int minSpecial = 0) =>
        CreateGeneratedParameter(builder, name, secret: true, new GenerateParameterDefault
        {
            MinLength = 22,
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
            MinLower = minLower,
            MinUpper = minUpper,
            MinNumeric = minNumeric,
            MinSpecial = minSpecial,
        });

    /// <summary>A value that is generated once and kept; the resource is not added to the model.</summary>
    public static ParameterResource CreateGeneratedParameter(IDistributedApplicationBuilder builder, string name, bool secret, GenerateParameterDefault parameterDefault) =>
        new(name, given => FromConfiguration(builder, name) ?? Made(builder, name, given ?? parameterDefault, persist: true), secret) { Default = parameterDefault };

    private static IResourceBuilder<ParameterResource> Add(IDistributedApplicationBuilder builder, ParameterResource parameter)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(parameter);
    }

    // An environment variable cannot hold '-' in every shell: Parameters__api_key stands for Parameters:api-key. The later source wins, whichever way it
    // writes the name: what is given now, not what was generated once and kept.
    private static string? FromConfiguration(IDistributedApplicationBuilder builder, string name)
    {
        foreach (var source in ((IConfigurationRoot)builder.Configuration).Providers.Reverse())
        {
            if (source.TryGet($"Parameters:{name}", out var value) || source.TryGet($"Parameters:{name.Replace('-', '_')}", out value))
                return value;
        }

        return null;
    }

    private static string Made(IDistributedApplicationBuilder builder, string name, ParameterDefault parameterDefault, bool persist)
    {
        if (!persist || builder is not DistributedApplicationBuilder { ExecutionContext.IsRunMode: true } local)
            return parameterDefault.GetDefaultValue();
        return local.Space.Secrets.GetOrAdd($"Parameters:{name}", parameterDefault.GetDefaultValue);
    }

    private static DistributedApplicationException Missing(string name, string key) =>
        new($"The parameter '{name}' has no value. Set the configuration '{key}', for example by the environment variable "
            + $"'{key.Replace(":", "__", StringComparison.Ordinal).Replace('-', '_')}' or the argument '--{key}=...'.");

    private sealed class ConstantParameterDefault(Func<string> value) : ParameterDefault
    {
        public override string GetDefaultValue() => value();

        public override void WriteToManifest(Publishing.ManifestPublishingContext context) => context.Writer.WriteString("value", value());
    }
}
