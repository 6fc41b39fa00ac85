using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Puts a <see cref="ReferenceExpression"/> together piece by piece.</summary>
public class ReferenceExpressionBuilder
{
    private readonly StringBuilder _format;
    private readonly List<IValueProvider> _providers;
    private readonly List<string> _expressions = [];
    private readonly List<string?> _stringFormats = [];

    public ReferenceExpressionBuilder()
        : this(0, 0)
    {
    }

    internal ReferenceExpressionBuilder(int literalLength, int formattedCount)
    {
        _format = new StringBuilder(literalLength + formattedCount * 4);
        _providers = new List<IValueProvider>(formattedCount);
    }

    public bool IsEmpty => _format.Length == 0;

    public void Append([InterpolatedStringHandlerArgument("")] in ReferenceExpressionBuilderInterpolatedStringHandler handler) => handler.CompleteInto(this);

    public void AppendLiteral(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _format.Append(value.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
    }

    public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

    public void AppendFormatted<T>(T valueProvider)
        where T : IValueProvider, IManifestExpressionProvider => AppendValueProvider(valueProvider, null);

    public void AppendFormatted<T>(T valueProvider, string? format)
        where T : IValueProvider, IManifestExpressionProvider => AppendValueProvider(valueProvider, format);

    public ReferenceExpression Build() => ReferenceExpression.Create(_format.ToString(), [.. _providers], [.. _expressions], [.. _stringFormats]);

    internal void AppendValueProvider<T>(T provider, string? format)
        where T : IValueProvider, IManifestExpressionProvider
    {
        ArgumentNullException.ThrowIfNull(provider);
        if (format is not (null or "uri"))
            throw new FormatException($"The format '{format}' is not known: a value in an expression may have the format 'uri' or none.");
        if (format is null && provider is ReferenceExpression { IsConditional: false } inner)
        {
            AppendInner(inner);
            return;
        }

        _format.Append(CultureInfo.InvariantCulture, $"{{{_providers.Count}}}");
        _providers.Add(provider);
        _expressions.Add(provider.ValueExpression);
        _stringFormats.Add(format);
    }

    // A nested expression is spliced in, so that the whole keeps a flat list of holes.
    private void AppendInner(ReferenceExpression inner)
    {
        var shifted = Enumerable.Range(_providers.Count, inner.ValueProviders.Count).Select(i => (object)$"{{{i}}}").ToArray();
        var escaped = inner.Format.Replace("{{", "\u0001", StringComparison.Ordinal).Replace("}}", "\u0002", StringComparison.Ordinal);
        _format.Append(string.Format(CultureInfo.InvariantCulture, escaped, shifted).Replace("\u0001", "{{", StringComparison.Ordinal).Replace("\u0002", "}}", StringComparison.Ordinal));
        _providers.AddRange(inner.ValueProviders);
        _expressions.AddRange(inner.ManifestExpressions);
        _stringFormats.AddRange(inner.StringFormats);
    }

    /// <summary>Collects the text and the holes of an interpolated string into the builder.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ReferenceExpressionBuilderInterpolatedStringHandler(int literalLength, int formattedCount, ReferenceExpressionBuilder builder)
    {
        private readonly int _expectedLength = literalLength + formattedCount;

        // The pieces are in the builder as soon as they are appended: nothing is left to do but to hold caller and handler to the same builder.
        internal void CompleteInto(ReferenceExpressionBuilder target) => System.Diagnostics.Debug.Assert(ReferenceEquals(builder, target));

        public void AppendLiteral(string value)
        {
            builder._format.EnsureCapacity(builder._format.Length + _expectedLength);
            builder.AppendLiteral(value);
        }

        public void AppendFormatted(string? value) => builder.AppendLiteral(value ?? "");

        public void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => builder.AppendValueProvider(valueProvider, null);

        public void AppendFormatted<T>(T valueProvider, string? format)
            where T : IValueProvider, IManifestExpressionProvider => builder.AppendValueProvider(valueProvider, format);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => builder.AppendValueProvider(valueProvider.Resource, null);
    }
}
