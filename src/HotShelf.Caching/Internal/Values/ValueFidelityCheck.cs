using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace HotShelf.Caching.Internal.Values;

/// <summary>
/// Decides, once per type, whether JSON keeps its values complete. Every field of every reachable declared type must belong to a member that is
/// written and read, or be marked <c>[JsonIgnore]</c>. A type that would lose state is rejected with the name of the member: otherwise memory would return
/// the right value, and Redis a wrong one. Properties of a single value (a subclass, a comparer) are checked by <see cref="ValueGuard"/>.
/// </summary>
internal sealed class ValueFidelityCheck
{
    private readonly Type _root;
    private readonly JsonSerializerOptions _options;
    private readonly HashSet<Type> _seen = [];
    private ValueFidelity _fidelity;

    private ValueFidelityCheck(Type root, JsonSerializerOptions options)
    {
        _root = root;
        _options = options;
        if (options.DefaultIgnoreCondition != JsonIgnoreCondition.Never || options.ReferenceHandler == ReferenceHandler.IgnoreCycles)
            _fidelity = ValueFidelity.Partial;
    }

    /// <exception cref="InvalidOperationException">The type would lose state; the message names the member and what to do.</exception>
    public static ValueFidelity Of(JsonTypeInfo typeInfo)
    {
        var check = new ValueFidelityCheck(typeInfo.Type, typeInfo.Options);
        check.Visit(typeInfo, "its type");
        return check._fidelity;
    }

    private void Visit(Type type, string where)
    {
        if (!_options.TryGetTypeInfo(type, out var typeInfo))
            throw Refused(where, $"has type {Name(type)}, which the configured JsonSerializerContext does not contain");
        Visit(typeInfo, where);
    }

    private void Visit(JsonTypeInfo typeInfo, string where)
    {
        var type = typeInfo.Type;
        if (!_seen.Add(type))
            return;
        if (type == typeof(object))
            throw Refused(where, "is declared as object, and JSON does not keep the type of what it holds. Declare the type that is stored");
        if (IsOwn(typeInfo.Converter))
        {
            Lower(ValueFidelity.Trusted);
            return;
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            Visit(underlying, where);
            return;
        }

        switch (typeInfo.Kind)
        {
            case JsonTypeInfoKind.Object:
                VisitObject(typeInfo, where);
                break;
            case JsonTypeInfoKind.Enumerable:
            case JsonTypeInfoKind.Dictionary:
                VisitCollection(typeInfo, where);
                break;
            case JsonTypeInfoKind.None when typeInfo.Converter.GetType().Name.StartsWith("UnsupportedTypeConverter", StringComparison.Ordinal):
                throw Refused(where, $"has type {Name(type)}, which JSON cannot keep. Use the data that it stands for");
        }
    }

    private void VisitObject(JsonTypeInfo typeInfo, string where)
    {
        var type = typeInfo.Type;
        if (typeInfo.PolymorphismOptions is { } polymorphism)
        {
            if (polymorphism.UnknownDerivedTypeHandling != JsonUnknownDerivedTypeHandling.FailSerialization)
                Lower(ValueFidelity.Partial);
            foreach (var derived in polymorphism.DerivedTypes)
                Visit(derived.DerivedType, $"derived type {Name(derived.DerivedType)}");
            if (type.IsAbstract)
                return;
        }

        if (type.IsAbstract)
            throw Refused(where, $"has the abstract type {Name(type)}, which cannot be read again. Name its derived types with [JsonDerivedType]");
        var properties = typeInfo.Properties;
        if (typeInfo.CreateObject is null && typeInfo.ConstructorAttributeProvider is null && !properties.Any(property => property.AssociatedParameter is not null))
            throw Refused(where, $"has type {Name(type)}, which has no public constructor that the serializer can use. Add one, or mark one with [JsonConstructor]");
        foreach (var property in properties)
        {
            if (!IsWritten(property))
                continue;
            if (property.ShouldSerialize is not null)
                Lower(ValueFidelity.Partial);
            // A member that is not read back (a computed property) is not part of the value.
            if (IsReadBack(property, typeInfo))
                VisitMember(property, type);
        }

        // A hand-written contract has no members to compare with.
        if (properties.Any(property => property.AttributeProvider is not MemberInfo))
            Lower(ValueFidelity.Trusted);
        else
            VisitFields(typeInfo);
    }

    private void VisitMember(JsonPropertyInfo property, Type type)
    {
        if (property.CustomConverter is { } converter)
        {
            if (IsOwn(converter))
                Lower(ValueFidelity.Trusted);
            return;
        }

        Visit(property.PropertyType, $"member {Name(type)}.{(property.AttributeProvider as MemberInfo)?.Name ?? property.Name}");
    }

    private void VisitFields(JsonTypeInfo typeInfo)
    {
        var type = typeInfo.Type;
        var kept = typeInfo.Properties.Where(property => IsWritten(property) && IsReadBack(property, typeInfo)).Select(property => (MemberInfo)property.AttributeProvider!).ToList();
        foreach (var (field, level) in FieldsOf(type))
        {
            var member = OwnerOf(field, level);
            if (IsIgnored(field) || IsIgnored(member) || IsOfEvent(field, level))
                Lower(ValueFidelity.Partial);
            else if (!kept.Exists(candidate => IsKeptBy(candidate, member, field, level)))
                throw Refused($"{(member is PropertyInfo ? "property" : "field")} {Name(level)}.{member.Name}", HowItIsLost(member, typeInfo));
        }
    }

    private void VisitCollection(JsonTypeInfo typeInfo, string where)
    {
        var type = typeInfo.Type;
        if (type.IsGenericType && type.GetGenericTypeDefinition().FullName is "System.Collections.Generic.Stack`1" or "System.Collections.Concurrent.ConcurrentStack`1" or "System.Collections.Immutable.ImmutableStack`1" or "System.Collections.Immutable.IImmutableStack`1")
            throw Refused(where, $"has type {Name(type)}, whose order JSON reverses. Use a list");
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
            throw Refused(where, $"has type {Name(type)}, which can be read once only. Load the elements into a list");
        if (typeInfo.KeyType is { } key)
            Visit(key, $"the key of {Name(type)}");
        if (typeInfo.ElementType is { } element)
            Visit(element, $"the element of {Name(type)}");
        var extendsFramework = type.BaseType is { } parent && parent != typeof(object) && !type.IsArray && typeof(IEnumerable).IsAssignableFrom(parent);
        foreach (var (field, level) in FieldsOf(type))
        {
            var member = OwnerOf(field, level);
            // The fields of a custom collection hold its elements; additional fields beside a framework collection do not.
            if (IsFramework(level) || member == field && !field.IsPublic && !extendsFramework || IsIgnored(member))
                continue;
            throw Refused($"member {Name(level)}.{member.Name}", "is beside the elements of a collection, and JSON keeps only these. Make the collection a member of a class");
        }

        try
        {
            JsonSerializer.Deserialize(typeInfo.Kind == JsonTypeInfoKind.Dictionary ? "{}" : "[]", typeInfo);
        }
        catch (Exception exception)
        {
            throw Refused(where, $"has type {Name(type)}, which can be written but not read again ({exception.GetType().Name}: {exception.Message}). Use a list, an array or a dictionary");
        }
    }

    /// <summary>True when the deserialized property owns the field: the field itself, its property or an override of it, or the field has the property's name.</summary>
    private static bool IsKeptBy(MemberInfo candidate, MemberInfo member, FieldInfo field, Type level)
    {
        if (member is PropertyInfo property)
            return candidate.Name == property.Name && (candidate.DeclaringType == level || (candidate as PropertyInfo)?.GetMethod?.GetBaseDefinition() == property.GetMethod?.GetBaseDefinition());
        if (field.IsPublic)
            return candidate is FieldInfo && candidate.Name == field.Name && candidate.DeclaringType == level;
        return candidate.Name.Equals(BareName(field.Name), StringComparison.OrdinalIgnoreCase) || candidate is FieldInfo && candidate.Name == field.Name;
    }

    private static string HowItIsLost(MemberInfo member, JsonTypeInfo typeInfo)
    {
        var reason = member switch
        {
            PropertyInfo property when typeInfo.Properties.FirstOrDefault(candidate => candidate.AttributeProvider is MemberInfo owner && owner.Name == property.Name) is { Get: not null } =>
                "has no setter that the serializer can use",
            PropertyInfo => "is not seen by the serializer",
            FieldInfo { IsPublic: true } => "is a field, and the configured JsonSerializerOptions leave fields out (IncludeFields)",
            _ => "is private, and no member of its name is written and read again",
        };
        return $"{reason}. Give it a public or init setter or a constructor parameter of its name, mark it [JsonInclude], or mark it [JsonIgnore] if it need not be kept";
    }

    private static bool IsWritten(JsonPropertyInfo property) => property.Get is not null;

    private bool IsReadBack(JsonPropertyInfo property, JsonTypeInfo typeInfo)
    {
        if (property.Set is not null || property.IsExtensionData)
            return true;
        if (property.AssociatedParameter is not null)
            return !(property.AttributeProvider is FieldInfo ? _options.IgnoreReadOnlyFields : _options.IgnoreReadOnlyProperties);
        // [JsonObjectCreationHandling(Populate)]: the elements are added to the collection that the constructor created.
        var handling = property.ObjectCreationHandling ?? typeInfo.PreferredPropertyObjectCreationHandling ?? _options.PreferredObjectCreationHandling;
        return handling == JsonObjectCreationHandling.Populate;
    }

    private const BindingFlags InstanceMembers = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that trimming removed holds no state.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As above.")]
    private static IEnumerable<(FieldInfo Field, Type Level)> FieldsOf(Type type)
    {
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (var field in level.GetFields(InstanceMembers))
                yield return (field, level);
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "The field of an event that trimming removed is removed with it.")]
    private static bool IsOfEvent(FieldInfo field, Type level) => level.GetEvent(field.Name, InstanceMembers) is not null;

    /// <summary>The property of a compiler-generated backing field; otherwise the field.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A property that trimming removed is not used.")]
    private static MemberInfo OwnerOf(FieldInfo field, Type level) =>
        field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal) && level.GetProperty(BareName(field.Name), InstanceMembers) is { } property ? property : field;

    /// <summary>The name in a field's name: <c>_name</c>, <c>m_name</c>, <c>&lt;name&gt;P</c> and the like.</summary>
    private static string BareName(string name)
    {
        if (name[0] == '<')
            return name[1..name.LastIndexOf('>')];
        if (name.StartsWith("m_", StringComparison.Ordinal))
            return name[2..];
        return name.TrimStart('_');
    }

    private static bool IsIgnored(MemberInfo member) =>
        member.GetCustomAttribute<JsonIgnoreAttribute>(inherit: true) is { Condition: JsonIgnoreCondition.Always or JsonIgnoreCondition.WhenWriting or JsonIgnoreCondition.WhenReading };

    private static bool IsOwn(JsonConverter converter) => converter.GetType().Assembly != typeof(JsonSerializer).Assembly;

    private static bool IsFramework(Type type) => type.IsArray || type.Namespace is { } name && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal));

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GenericTypeArguments.Select(Name))}>" : type.IsNested ? $"{type.DeclaringType!.Name}.{type.Name}" : type.Name;

    private void Lower(ValueFidelity fidelity)
    {
        if (fidelity > _fidelity)
            _fidelity = fidelity;
    }

    private InvalidOperationException Refused(string where, string why) =>
        new($"The cache cannot keep {_root} whole: {where} {why}; or register an IHybridCacheSerializer<{Name(_root)}> that keeps all of it.");
}
