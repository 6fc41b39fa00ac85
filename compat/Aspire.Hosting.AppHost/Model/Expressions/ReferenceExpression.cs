using System.Globalization;
using System.Runtime.CompilerServices;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A text with holes for values that are known only later; or one of two such texts, chosen by a condition.</summary>
public class ReferenceExpression : IExpressionValue, IValueWithReferences
{
    private readonly string?[] _stringFormats;
    private readonly string[] _manifestExpressions;

    private ReferenceExpression(string format, IValueProvider[] valueProviders, string[] manifestExpressions, string?[] stringFormats)
    {
        Format = format;
        ValueProviders = valueProviders;
        _manifestExpressions = manifestExpressions;
        _stringFormats = stringFormats;
    }

    public static readonly ReferenceExpression Empty = new("", [], [], []);

    public string Format { get; }

    public IReadOnlyList<IValueProvider> ValueProviders { get; }

    public IReadOnlyList<string> ManifestExpressions => _manifestExpressions;

    /// <summary>For each hole, how its value is encoded: <c>uri</c> or nothing.</summary>
    public IReadOnlyList<string?> StringFormats => _stringFormats;

    public bool IsConditional => Condition is not null;

    public IValueProvider? Condition { get; private init; }

    public string? MatchValue { get; private init; }

    public ReferenceExpression? WhenTrue { get; private init; }

    public ReferenceExpression? WhenFalse { get; private init; }

    public string ValueExpression => IsConditional
        ? $"{{{ConditionName}.connectionString}}"
        : string.Format(CultureInfo.InvariantCulture, Format, [.. _manifestExpressions.Select((e, i) => _stringFormats[i] is { } f ? EncodedName(e, f) : e)]);

    /// <summary>The manifest's name for a conditional value: stable, so that the same condition has the same name in every run.</summary>
    internal string ConditionName
    {
        get
        {
            var condition = ((IManifestExpressionProvider)Condition!).ValueExpression;
            var hash = Publishing.XxHash32.Of(condition + WhenTrue!.ValueExpression + WhenFalse!.ValueExpression + MatchValue);
            var readable = string.Concat(condition.Trim('{', '}').ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
            return string.Create(CultureInfo.InvariantCulture, $"cond-{readable}-{hash:x8}");
        }
    }

    IEnumerable<object> IValueWithReferences.References => IsConditional ? [Condition!, WhenTrue!, WhenFalse!] : ValueProviders;

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.Build();

    public static ReferenceExpression CreateConditional(IValueProvider condition, string matchValue, ReferenceExpression whenTrue, ReferenceExpression whenFalse) =>
        new("", [], [], []) { Condition = condition, MatchValue = matchValue, WhenTrue = whenTrue, WhenFalse = whenFalse };

    internal static ReferenceExpression Create(string format, IValueProvider[] providers, string[] expressions, string?[] stringFormats) =>
        new(format, providers, expressions, stringFormats);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(new ValueProviderContext(), cancellationToken);

    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken)
    {
        if (IsConditional)
        {
            var value = await Condition!.GetValueAsync(context, cancellationToken).ConfigureAwait(false);
            var chosen = string.Equals(value, MatchValue, StringComparison.OrdinalIgnoreCase) ? WhenTrue! : WhenFalse!;
            return await chosen.GetValueAsync(context, cancellationToken).ConfigureAwait(false);
        }

        var values = new object?[ValueProviders.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var value = await ValueProviders[i].GetValueAsync(context, cancellationToken).ConfigureAwait(false);
            values[i] = _stringFormats[i] == "uri" && value is not null ? Uri.EscapeDataString(value) : value;
        }

        return string.Format(CultureInfo.InvariantCulture, Format, values);
    }

    private static string EncodedName(string expression, string format) =>
        expression.EndsWith(".value}", StringComparison.Ordinal) ? $"{expression[..^".value}".Length]}-{format}-encoded.value}}" : expression;

    /// <summary>Collects the text and the holes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly ReferenceExpressionBuilder _builder = new(literalLength, formattedCount);

        public readonly void AppendLiteral(string value) => _builder.AppendLiteral(value);

        public readonly void AppendFormatted(string? value) => _builder.AppendLiteral(value ?? "");

        public readonly void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => _builder.AppendValueProvider(valueProvider, null);

        public readonly void AppendFormatted<T>(T valueProvider, string? format = null)
            where T : IValueProvider, IManifestExpressionProvider => _builder.AppendValueProvider(valueProvider, format);

        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => _builder.AppendValueProvider(valueProvider.Resource, null);

        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format = null)
            where T : IResource, IValueProvider, IManifestExpressionProvider => _builder.AppendValueProvider(valueProvider.Resource, format);

        internal readonly ReferenceExpression Build() => _builder.Build();
    }
}
