using HotShelf.Caching.Generators.Model;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Reads one [CachedService] interface: its own members and the inherited ones.</summary>
internal sealed class ServiceParser(INamedTypeSymbol service, Compilation compilation, CancellationToken cancellationToken)
{
    private readonly List<DiagnosticModel> _diagnostics = [];
    private readonly List<KeyUse> _keys = [];
    private readonly List<MemberModel> _members = [];

    public ServiceResult Parse()
    {
        if (!CheckService())
            return new ServiceResult(null, null, new(_diagnostics), default);
        foreach (var type in (IEnumerable<INamedTypeSymbol>)[service, .. service.AllInterfaces])
        {
            foreach (var member in type.GetMembers())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Add(member);
            }
        }

        var @namespace = Names.Code(service.ContainingNamespace);
        var decorator = DecoratorName();
        if (!service.ContainingNamespace.GetTypeMembers(decorator).IsEmpty)
            Report(Diagnostics.NameTaken, service, decorator, service.Name, "another type");
        var hint = (@namespace.Length == 0 ? $"{decorator}.g.cs" : $"{@namespace}.{decorator}.g.cs").Replace("@", "");
        var model = new ServiceModel(@namespace, Names.Code(service), decorator, hint, new(_members), new(ShortNames.For(service, compilation)));
        return new ServiceResult(model, MethodParser.LocationOf(service), new(_diagnostics), new(_keys));
    }

    // IProductReader gives CachedProductReader, and Shop.IReader CachedShop_Reader.
    private string DecoratorName()
    {
        var name = service.Name;
        if (name.Length > 1 && name[0] == 'I' && char.IsUpper(name[1]) && !IsServiceBeside(name.Substring(1)))
            name = name.Substring(1);
        for (var outer = service.ContainingType; outer is not null; outer = outer.ContainingType)
            name = $"{outer.Name}_{name}";
        return "Cached" + name;
    }

    private bool IsServiceBeside(string name)
    {
        var siblings = service.ContainingType?.GetTypeMembers(name) ?? service.ContainingNamespace.GetTypeMembers(name);
        return siblings.Any(static type => Names.Find(type, Names.CachedService) is not null);
    }

    private bool CheckService()
    {
        for (var type = service; type is not null && _diagnostics.Count == 0; type = type.ContainingType)
        {
            if (type.IsGenericType)
                Report(Diagnostics.Generic, service, service.Name, "derive a closed interface from it and put [CachedService] there");
            else if (type.IsFileLocal)
                Report(Diagnostics.NotReachable, service, service.Name, "local to its file");
            else if (type.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected or Accessibility.ProtectedAndInternal)
                Report(Diagnostics.NotReachable, service, service.Name, type.DeclaredAccessibility == Accessibility.Private ? "private" : "protected");
        }

        return _diagnostics.Count == 0;
    }

    private void Add(ISymbol member)
    {
        // Accessors come with their property or event.
        if (member is IMethodSymbol { AssociatedSymbol: not null })
            return;
        if (member.IsStatic ? member.IsAbstract : member is IPropertySymbol { SetMethod.IsInitOnly: true })
        {
            Report(
                Diagnostics.CannotForward, member, $"{member.ContainingType.Name}.{member.Name}",
                member.IsStatic ? "is static and abstract" : "has an init accessor",
                member.IsStatic ? "move it to another interface" : "use set, or get alone");
        }

        // A member that is neither abstract nor virtual, or that only re-implements an inherited one, has nothing to override.
        if (member.IsStatic || !(member.IsAbstract || member.IsVirtual) || IsReimplementation(member))
            return;
        if (!IsCallable(member) || (member is IPropertySymbol property && !(IsCallable(property.GetMethod) && IsCallable(property.SetMethod))))
        {
            var isElsewhere = IsElsewhere(member);
            Report(
                Diagnostics.CannotForward, member, $"{member.ContainingType.Name}.{member.Name}",
                isElsewhere ? $"is not public in {member.ContainingAssembly.Name}" : "is protected", isElsewhere ? "make it public there" : "make it public or internal");
            return;
        }

        var model = member is IMethodSymbol method ? Method(method) : null;
        model ??= ForwardedMemberParser.Parse(member, service);
        if (model is not null)
            _members.Add(model with { IsObsolete = Names.Find(member, "System.ObsoleteAttribute") is not null });
    }

    private MemberModel? Method(IMethodSymbol method)
    {
        var cached = Names.Find(method, Names.Cached);
        var invalidates = method.GetAttributes().Where(static attribute => Names.Is(attribute, Names.Invalidates)).ToList();
        var isOwn = SymbolEqualityComparer.Default.Equals(method.ContainingType, service);
        if ((cached is null && invalidates.Count == 0) || (!isOwn && Names.Find(method.ContainingType, Names.CachedService) is null))
            return null;

        // What is wrong with an inherited method is said once, where its own interface is read; what another assembly could read and this one cannot, here.
        var isElsewhere = IsElsewhere(method);
        var scope = new MethodScope(method, compilation, isOwn || isElsewhere ? _diagnostics : [], isElsewhere ? MethodParser.LocationOf(service) : null);
        if (cached is not null && invalidates.Count > 0)
        {
            scope.Report(Diagnostics.CachedAndInvalidates, MethodParser.LocationOf(method), scope.Display);
            return null;
        }

        if (cached is null)
            return InvalidatingMethodParser.Parse(scope, invalidates);
        var member = CachedMethodParser.Parse(scope, cached, out var use);
        if (use is not null)
            _keys.Add(use);
        return member;
    }

    private void Report(DiagnosticDescriptor descriptor, ISymbol symbol, params string[] arguments)
    {
        var isInherited = symbol.ContainingType is { TypeKind: TypeKind.Interface } owner && !SymbolEqualityComparer.Default.Equals(owner, service);
        var place = isInherited && !SymbolEqualityComparer.Default.Equals(symbol, service) ? service : symbol;
        _diagnostics.Add(new DiagnosticModel(descriptor.Id, MethodParser.LocationOf(place), new(arguments)));
    }

    private bool IsElsewhere(ISymbol member) => !SymbolEqualityComparer.Default.Equals(member.ContainingAssembly, compilation.Assembly);

    private bool IsCallable(ISymbol? member) => member is null || compilation.IsSymbolAccessibleWithin(member, compilation.Assembly);

    private static bool IsReimplementation(ISymbol member) => member switch
    {
        IMethodSymbol method => !method.ExplicitInterfaceImplementations.IsEmpty,
        IPropertySymbol property => !property.ExplicitInterfaceImplementations.IsEmpty,
        IEventSymbol @event => !@event.ExplicitInterfaceImplementations.IsEmpty,
        _ => false,
    };
}
