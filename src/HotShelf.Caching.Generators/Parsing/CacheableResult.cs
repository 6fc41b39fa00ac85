using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Finds results that no cache can keep: what is read once, runs code, or does not say what it holds.</summary>
internal static class CacheableResult
{
    /// <summary>What is wrong with the type, and what to return instead; null when it may be cached.</summary>
    public static string? Refuse(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array)
            return Refuse(array.ElementType);
        if (type.SpecialType == SpecialType.System_Object || type.TypeKind == TypeKind.Dynamic)
            return "object does not say what is stored: return the type itself";
        if (type.TypeKind == TypeKind.Delegate)
            return "a delegate is code: return the data";
        if (type.IsRefLikeType || type.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer)
            return "it lives on the stack: return an array";
        for (var level = type; level is not null; level = level.BaseType)
        {
            if (Reason(level) is { } reason)
                return reason;
        }

        // Arguments of other generic types may be anything, and such a type may have a serializer of its own.
        if (type is INamedTypeSymbol { IsGenericType: true } named && IsFramework(named))
            return named.TypeArguments.Select(Refuse).FirstOrDefault(static reason => reason is not null);
        return null;
    }

    private static string? Reason(ITypeSymbol type) => type.OriginalDefinition.ToDisplayString() switch
    {
        "System.IO.Stream" => "a stream can be read once: return its bytes",
        "System.Collections.Generic.IAsyncEnumerable<T>" => "it can be read once: load the elements and return a list",
        "System.Linq.IQueryable" or "System.Linq.IQueryable<T>" or "System.Linq.IOrderedQueryable<T>" => "a query holds no elements: load them and return a list",
        "System.Threading.Tasks.Task" or "System.Threading.Tasks.Task<TResult>" or "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask<TResult>" =>
            "a task is a running operation: await it and return its result",
        _ => null,
    };

    private static bool IsFramework(INamedTypeSymbol type)
    {
        var name = type.ContainingNamespace.ToDisplayString();
        return name == "System" || name.StartsWith("System.", StringComparison.Ordinal);
    }
}
