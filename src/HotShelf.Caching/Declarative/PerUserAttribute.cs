namespace HotShelf.Caching;

/// <summary>
/// Says that the result belongs to the user named by this parameter. The compiler then refuses a <see cref="CachedAttribute"/> key
/// without it (HSC005), so that one user is never answered with another's data.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PerUserAttribute : Attribute;
