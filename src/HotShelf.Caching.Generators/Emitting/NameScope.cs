using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Local names that no parameter of the method has.</summary>
internal sealed class NameScope(MethodModel method)
{
    private readonly HashSet<string> _taken = [.. method.Parameters.Select(static parameter => parameter.Name.TrimStart('@'))];

    public string Free(string name)
    {
        while (_taken.Contains(name))
            name += "_";
        return name;
    }
}
