using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Names among which the method's parameters are.</summary>
internal sealed class NameScope(MethodModel method)
{
    private readonly HashSet<string> _taken = [.. method.Parameters.Select(static parameter => parameter.Name.TrimStart('@'))];

    /// <summary>A field of the decorator, which a parameter may hide.</summary>
    public string Field(string name) => _taken.Contains(name) ? $"this.{name}" : name;

    /// <summary>A local name that no parameter has.</summary>
    public string Free(string name)
    {
        while (_taken.Contains(name))
            name += "_";
        return name;
    }
}
