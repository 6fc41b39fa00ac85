using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Reads an argument that names one value, as a placeholder does but without braces: <c>When = "result.IsDone"</c>.</summary>
internal static class NamedValue
{
    public static ValuePath? Find(MethodScope scope, AttributeData attribute, string argument, TemplateUse use, DiagnosticDescriptor refusal, Func<ValuePath, bool> isFit)
    {
        if (AttributeReader.Value(attribute, argument) is not { } written || TemplateResolver.Resolve(scope, $"{{{written.Text}}}", use, isKey: false, written.Location, isResultChecked: false) is not { } value)
            return null;
        if (value.Each is null && value.Parts[0].Value is { } path && isFit(path))
            return path;
        scope.Report(refusal, written.Location, written.Text ?? "");
        return null;
    }
}
