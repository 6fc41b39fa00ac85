using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>The secrets of this run, to keep them out of what the control server tells: of a variable that holds one, no value is told at all.</summary>
internal sealed class SecretValues
{
    private readonly ConcurrentDictionary<string, bool> _values = new(StringComparer.Ordinal);

    public void Add(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        _values[value] = true;
        _values[Uri.EscapeDataString(value)] = true;
    }

    /// <summary>True when the text is or holds a secret, as it is or encoded for a URI.</summary>
    public bool IsIn(string? text) => text is not null && _values.Keys.Any(secret => text.Contains(secret, StringComparison.Ordinal));

    /// <summary>Remembers the value of every secret parameter that a value is made of.</summary>
    public async ValueTask AddSourcesAsync(object? value, CancellationToken cancellationToken)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>([value]);
        while (open.TryPop(out var next))
        {
            if (next is IResourceBuilder<IResource> builder)
                next = builder.Resource;
            if (next is null || !seen.Add(next))
                continue;
            if (next is ParameterResource { Secret: true } parameter)
                Add(await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false));
            if (next is IResourceWithConnectionString owner)
                open.Push(owner.ConnectionStringExpression);
            if (next is IValueWithReferences made)
            {
                foreach (var source in made.References)
                    open.Push(source);
            }
        }
    }
}
