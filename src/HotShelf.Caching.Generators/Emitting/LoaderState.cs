using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>What a static loader needs to call the wrapped method: the service alone, or a tuple with the arguments. No closure is allocated.</summary>
internal sealed class LoaderState(ServiceModel service, MethodModel method, string? except)
{
    private readonly List<ParameterModel> _carried = [.. method.Parameters.Where(parameter => !parameter.IsCancellation && parameter.Name.TrimStart('@') != except)];

    /// <summary>The lambda's name for it.</summary>
    public string Name => _carried.Count == 0 ? "inner" : "state";

    public string Type => _carried.Count == 0
        ? service.Interface
        : $"({service.Interface} Inner, {string.Join(", ", _carried.Select((parameter, index) => $"{parameter.Type} {Element(parameter, index)}"))})";

    public string Value => _carried.Count == 0 ? Service : $"({Service}, {string.Join(", ", _carried.Select(static parameter => parameter.Name))})";

    /// <summary>A parameter inside the loader.</summary>
    public string Parameter(string name)
    {
        var index = _carried.FindIndex(parameter => parameter.Name.TrimStart('@') == name);
        return index < 0 ? name : $"state.{Element(_carried[index], index)}";
    }

    /// <summary>The call of the wrapped method inside the loader.</summary>
    /// <param name="token">The loader's own token: the first caller may leave while others still wait.</param>
    /// <param name="missing">What stands for the parameter left out.</param>
    public string Call(string token, string missing = "")
    {
        var inner = _carried.Count == 0 ? "inner" : "state.Inner";
        var target = method.Interface == service.Interface ? inner : $"(({method.Interface}){inner})";
        var arguments = method.Parameters.Select(parameter =>
            parameter.IsCancellation ? token : parameter.Name.TrimStart('@') == except ? missing : Parameter(parameter.Name.TrimStart('@')));
        return $"{target}.{Parsing.Names.Escape(method.Name)}{method.TypeParameters}({string.Join(", ", arguments)})";
    }

    private string Service => new NameScope(method).Field("_inner");

    // Names that a tuple has already, or reserves for a position.
    private static string Element(ParameterModel parameter, int index) =>
        parameter.Name is "Inner" or "Rest" or "ToString" or "Equals" or "GetHashCode" or "CompareTo" or "Deconstruct" or "GetType"
            || parameter.Name.StartsWith("Item", StringComparison.Ordinal)
            ? $"argument{index + 1}"
            : parameter.Name;
}
