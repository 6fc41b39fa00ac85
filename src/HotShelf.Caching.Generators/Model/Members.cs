namespace HotShelf.Caching.Generators.Model;

/// <summary>A member of the decorator.</summary>
internal abstract record MemberModel
{
    /// <summary>Whether it is marked obsolete.</summary>
    public bool IsObsolete { get; init; }
}

/// <summary>A member that does what the wrapped one does.</summary>
/// <param name="Code">Its code, one element per line.</param>
internal sealed record ForwardedMember(EquatableArray<string> Code) : MemberModel;

/// <summary>A method answered from the cache.</summary>
/// <param name="Method">Its signature.</param>
/// <param name="Key">The template of its key.</param>
/// <param name="Tags">The templates of its tags.</param>
/// <param name="Version">The origin's version of the result, or none.</param>
/// <param name="Batch">What makes it read many keys at once, or none.</param>
internal sealed record CachedMember(MethodModel Method, Template Key, EquatableArray<Template> Tags, ValuePath? Version, BatchModel? Batch) : MemberModel;

/// <summary>A method whose success removes entries.</summary>
/// <param name="Method">Its signature.</param>
/// <param name="Removals">What is removed, in order.</param>
internal sealed record InvalidatingMember(MethodModel Method, EquatableArray<RemovalModel> Removals) : MemberModel;

/// <param name="Keys">The templates of the removed keys.</param>
/// <param name="Tags">The templates of the removed tags.</param>
/// <param name="When">The bool on which it depends, or none.</param>
/// <param name="Version">The version of the change, or none.</param>
/// <param name="Change">The name of the change, or none.</param>
internal sealed record RemovalModel(EquatableArray<Template> Keys, EquatableArray<Template> Tags, ValuePath? When, ValuePath? Version, ValuePath? Change);

/// <param name="Parameter">The parameter that lists the ids.</param>
/// <param name="IdType">The type of an id.</param>
/// <param name="ValueType">The type of a value.</param>
/// <param name="ValueMayBeNull">Whether a value may be null.</param>
internal sealed record BatchModel(string Parameter, string IdType, string ValueType, bool ValueMayBeNull);

/// <param name="Interface">The interface that declares it, fully qualified.</param>
/// <param name="Name">Its name.</param>
/// <param name="TypeParameters"><c>&lt;T&gt;</c>, or nothing.</param>
/// <param name="Constraints">What an explicit implementation must repeat of its constraints, or nothing.</param>
/// <param name="ReturnType">As declared.</param>
/// <param name="Parameters">In order.</param>
/// <param name="Result">What it returns in time.</param>
internal sealed record MethodModel(
    string Interface, string Name, string TypeParameters, string Constraints, string ReturnType, EquatableArray<ParameterModel> Parameters, ResultModel Result);

/// <param name="Type">The type awaited; none for a plain <c>Task</c>.</param>
/// <param name="IsValueTask">Whether it comes in a <c>ValueTask</c>.</param>
/// <param name="MayBeNull">Whether it may be null.</param>
internal sealed record ResultModel(string? Type, bool IsValueTask, bool MayBeNull);

/// <param name="Modifiers"><c>ref </c>, <c>params </c> and the like, or nothing.</param>
/// <param name="Type">Fully qualified.</param>
/// <param name="Name">Ready for code: a keyword has its <c>@</c>.</param>
/// <param name="IsCancellation">Whether it is a <c>CancellationToken</c>, which is never part of a key.</param>
internal sealed record ParameterModel(string Modifiers, string Type, string Name, bool IsCancellation);
