using System.Reflection;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators;

/// <summary>Every diagnostic of this generator. HSC001 to HSC099 are reserved for it; each has a page in docs/diagnostics and a test class.</summary>
internal static class Diagnostics
{
    // First: the descriptors below are made of it.
    private static readonly string s_pages = typeof(Diagnostics).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static data => data.Key == "RepositoryUrl").Value + "/blob/main/docs/diagnostics/";

    public static readonly DiagnosticDescriptor MalformedTemplate = Error(
        "HSC001", "Malformed template", "\"{0}\" is not a template: {1}");

    public static readonly DiagnosticDescriptor NoFamily = Error(
        "HSC002", "Key without a family", "The key \"{0}\" names no family: begin it with letters, digits, '-', '_' or '.' and a colon, such as \"product:{{id}}\", so that a policy can be set for it");

    public static readonly DiagnosticDescriptor UnknownPlaceholder = Error(
        "HSC003", "Placeholder names no parameter", "{{{0}}} names no parameter of {1}: {2}");

    public static readonly DiagnosticDescriptor ParameterNotInKey = Error(
        "HSC004", "Parameter is not in the key", "Parameter '{0}' of {1} is not in the key \"{2}\", so calls that differ in it would share one answer: add {{{0}}} to the key, or remove the parameter");

    public static readonly DiagnosticDescriptor UserNotInKey = Error(
        "HSC005", "User is not in the key", "{1} answers per user, but its key \"{2}\" lacks the [PerUser] parameter '{0}', so one user would get another's answer: add {{{0}}} to the key");

    public static readonly DiagnosticDescriptor NotAsynchronous = Error(
        "HSC006", "Method is not asynchronous", "{0} returns {1}: {2}");

    public static readonly DiagnosticDescriptor UnstableType = Error(
        "HSC007", "Type has no stable text form", "{{{0}}} is a {1}, which has no text form that stands for its value: name a member of it such as {{{0}.Id}}, or let the type implement ISpanFormattable");

    public static readonly DiagnosticDescriptor UnknownMember = Error(
        "HSC008", "Placeholder names no readable member", "{0} has no readable public property or field '{1}', which {{{2}}} names: correct the name, or add the member");

    public static readonly DiagnosticDescriptor CachedAndInvalidates = Error(
        "HSC009", "Method both cached and invalidating", "{0} has both [Cached] and [Invalidates]: a hit would skip the invalidation; split it into a method that reads and a method that writes");

    public static readonly DiagnosticDescriptor TwoTypesOneKey = Error(
        "HSC010", "Two types under one key", "{0} stores {1} under \"{2}\", where {3} stores {4}: give one of them a key of its own");

    public static readonly DiagnosticDescriptor OutsideService = Error(
        "HSC011", "Attribute outside a cached service", "[{0}] on '{1}' does nothing: it belongs on a method that an implementation can override, of an interface that carries [CachedService]");

    public static readonly DiagnosticDescriptor ByReference = Error(
        "HSC012", "Parameter that an asynchronous call cannot keep", "Parameter '{0}' of {1} is {2}, which an asynchronous call cannot keep: pass a value or an object, or return it in the result");

    public static readonly DiagnosticDescriptor Generic = Error(
        "HSC013", "Generic declaration cannot be cached", "{0} is generic and its key cannot tell one type argument from another: {1}");

    public static readonly DiagnosticDescriptor CannotForward = Error(
        "HSC014", "Member that no decorator can implement", "{0} {1}, so no decorator can stand for it: {2}");

    public static readonly DiagnosticDescriptor BatchShape = Error(
        "HSC015", "Collection in a key", "{{{0}}} is a collection: a method with many keys takes them as IReadOnlyList<TId> and returns Task or ValueTask of IReadOnlyDictionary<TId, T> with the same TId; {1}");

    public static readonly DiagnosticDescriptor NoSeparator = Error(
        "HSC016", "Placeholders without a separator", "In \"{0}\" nothing separates {{{1}}} from {{{2}}}, so different values could give one text: put a ':' or '/' between them");

    public static readonly DiagnosticDescriptor NoResult = Error(
        "HSC017", "Result where there is none", "\"{0}\" uses {{result}}, but {1}");

    public static readonly DiagnosticDescriptor CancellationInTemplate = Error(
        "HSC018", "CancellationToken in a template", "{{{0}}} is a CancellationToken, which says nothing about the answer: remove it from \"{1}\"");

    public static readonly DiagnosticDescriptor NotReachable = Error(
        "HSC019", "Cached service cannot be reached", "{0} is {1}, so its decorator cannot name it: make it internal or public");

    public static readonly DiagnosticDescriptor NotACachedService = Error(
        "HSC020", "AddCached of something that is not a cached service here", "AddCached cannot register {0}: {1}");

    public static readonly DiagnosticDescriptor TwoCollections = Error(
        "HSC021", "Two collections in one template", "\"{0}\" goes through more than one collection: use one placeholder that is a collection, or several templates");

    public static readonly DiagnosticDescriptor NameTaken = Error(
        "HSC022", "Name of the decorator is taken", "The decorator of {1} would be named {0}, and so is {2}: rename that, or the interface");

    public static readonly DiagnosticDescriptor NotACondition = Error(
        "HSC023", "When is no condition", "When = \"{0}\" does not name a bool: name one parameter or member that is, such as \"result.IsDone\"");

    public static readonly DiagnosticDescriptor NotCacheable = Error(
        "HSC024", "Result that cannot be cached", "{0} returns {1}, which cannot be kept and read again: {2}");

    public static readonly DiagnosticDescriptor NotAVersion = Error(
        "HSC025", "Version is no whole number", "Version = \"{0}\" does not name a whole number: name one parameter or member that is, such as \"result.Version\"");

    public static readonly DiagnosticDescriptor NotAChange = Error(
        "HSC026", "Change is no text", "Change = \"{0}\" does not name a text: name one parameter or member that is a string, such as \"result.Change\"");

    private static readonly Dictionary<string, DiagnosticDescriptor> s_byId = new[]
    {
        MalformedTemplate, NoFamily, UnknownPlaceholder, ParameterNotInKey, UserNotInKey, NotAsynchronous, UnstableType, UnknownMember, CachedAndInvalidates,
        TwoTypesOneKey, OutsideService, ByReference, Generic, CannotForward, BatchShape, NoSeparator, NoResult, CancellationInTemplate, NotReachable,
        NotACachedService, TwoCollections, NameTaken, NotACondition, NotCacheable, NotAVersion, NotAChange,
    }.ToDictionary(static descriptor => descriptor.Id);

    public static IEnumerable<DiagnosticDescriptor> All => s_byId.Values;

    public static DiagnosticDescriptor ById(string id) => s_byId[id];

    private static DiagnosticDescriptor Error(string id, string title, string message) => new(
        id, title, message, "HotShelf.Caching", DiagnosticSeverity.Error, isEnabledByDefault: true,
        helpLinkUri: $"{s_pages}{id}.md");
}
