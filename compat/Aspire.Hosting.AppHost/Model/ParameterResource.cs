namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value from outside: configuration, or generated once and kept.</summary>
public class ParameterResource : Resource, IExpressionValue
{
    private readonly Lazy<string> _value;

    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _value = new Lazy<string>(() => callback(Default));
        Secret = secret;
    }

    public ParameterDefault? Default { get; set; }

    public string? Description { get; set; }

    public bool EnableDescriptionMarkdown { get; set; }

    public bool Secret { get; }

    public bool IsConnectionString { get; set; }

    public string ValueExpression => $"{{{Name}.value}}";

    /// <summary>The value. Throws <see cref="DistributedApplicationException"/> naming the configuration key when there is none.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(_value.Value);
}

/// <summary>Where a parameter's value comes from when configuration has none.</summary>
public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();

    public abstract void WriteToManifest(Publishing.ManifestPublishingContext context);
}
