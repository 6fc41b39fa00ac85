namespace HotShelf.Caching;

/// <summary>
/// Asks the generator for a caching decorator of this interface. Register it with the generated
/// <c>services.AddCached&lt;TService, TImplementation&gt;()</c>; members without an attribute are forwarded untouched.
/// </summary>
[AttributeUsage(AttributeTargets.Interface, Inherited = false)]
public sealed class CachedServiceAttribute : Attribute;
