using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Emitting;

/// <summary>Arrays of tags that never change, made once instead of on each call.</summary>
internal sealed class TagFields
{
    private readonly Dictionary<CachedMember, string> _names = [];

    public List<string> Declarations { get; } = [];

    public static TagFields For(ServiceModel service)
    {
        var fields = new TagFields();
        foreach (var member in service.Members.OfType<CachedMember>().Where(static member => member.Batch is null))
            fields.Add(member);
        return fields;
    }

    public string? Of(CachedMember member) => _names.TryGetValue(member, out var name) ? name : null;

    // Tags of which one needs a parameter are made on each call, all together.
    private void Add(CachedMember member)
    {
        var early = CachedMethodWriter.KnownEarly(member).ToList();
        if (early.Count == 0 || !early.All(static tag => tag.IsConstant))
            return;
        var name = $"s_{char.ToLowerInvariant(member.Method.Name[0])}{member.Method.Name.Substring(1)}Tags";
        for (var overload = 2; _names.ContainsValue(name); overload++)
            name = $"{name.TrimEnd("0123456789".ToCharArray())}{overload}";
        _names[member] = name;
        Declarations.Add($"private static readonly string[] {name} = [{string.Join(", ", early.Select(TemplateCode.Quote))}];");
    }
}
