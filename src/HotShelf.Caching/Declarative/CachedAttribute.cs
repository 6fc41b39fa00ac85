namespace HotShelf.Caching;

/// <summary>Answers a method of a <see cref="CachedServiceAttribute"/> interface from the cache, and fills it on a miss.</summary>
/// <remarks>
/// The method returns <see cref="ValueTask{TResult}"/> or <see cref="Task{TResult}"/>. Every parameter except a
/// <see cref="CancellationToken"/> must appear in the key; a wrong declaration is a compile-time error (HSC001 to HSC026).
/// </remarks>
/// <param name="key">
/// <c>family:rest</c>, where the family names the policy and <c>{parameter}</c> or <c>{parameter.Member}</c> stands for a value,
/// for instance <c>"product:{id}"</c>. An <see cref="IReadOnlyList{T}"/> parameter of a method that returns an
/// <see cref="IReadOnlyDictionary{TKey, TValue}"/> by its elements stands for one key per element.
/// </param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CachedAttribute(string key) : Attribute
{
    /// <summary>The key's template.</summary>
    public string Key { get; } = key;

    /// <summary>
    /// Templates of the entry's tags; besides parameters they may use <c>{result}</c> and its members. A placeholder that is a
    /// collection gives one tag per element. Default: none.
    /// </summary>
    public string[] Tags { get; set; } = [];

    /// <summary>
    /// Names the origin's version of the result (<see cref="CacheFillContext.Version"/>), a whole number, as a placeholder does but without braces:
    /// <c>"result.Version"</c>. Default: none.
    /// </summary>
    public string? Version { get; set; }
}
