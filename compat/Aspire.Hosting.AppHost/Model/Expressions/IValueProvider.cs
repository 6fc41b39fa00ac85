namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something that has a value when the application runs.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);

    ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => GetValueAsync(cancellationToken);
}

/// <summary>Something that has an expression in the manifest, such as <c>{cache.bindings.tcp.host}</c>.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

/// <summary>A value when the application runs, an expression when it is published.</summary>
public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;

/// <summary>A value that is made of others.</summary>
public interface IValueWithReferences
{
    IEnumerable<object> References { get; }
}

/// <summary>Who asks for a value.</summary>
public class ValueProviderContext
{
    public DistributedApplicationExecutionContext? ExecutionContext { get; init; }

    public IResource? Caller { get; init; }
}
