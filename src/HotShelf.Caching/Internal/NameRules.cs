using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal;

/// <summary>Validation of keys and tags: entries with unusable ones are served uncached, counted and logged.</summary>
internal sealed class NameRules(int maximumLength, FamilyTable families, LogLimiter limiter, ILogger logger)
{
    /// <summary>Maximum tags of one entry: all of them are stored in its frame and checked at each read.</summary>
    private const int MaximumTagsOfAnEntry = 256;

    public bool IsUsable(string? key)
    {
        var reason = string.IsNullOrWhiteSpace(key) ? "it is null or blank" : WhyUnusable(key);
        if (reason is not null && limiter.MayLog(Log.KeyRejectedId, families.Of(key)))
            Log.KeyRejected(logger, key?.Length ?? 0, reason);
        return reason is null;
    }

    /// <summary>An entry with an unusable tag is not cached, because it could not be removed by that tag.</summary>
    public bool AreUsable(FamilyState family, IReadOnlyCollection<string> tags)
    {
        var reason = tags.Count > MaximumTagsOfAnEntry ? "there are more than 256" : tags.Select(WhyUnusable).FirstOrDefault(reason => reason is not null);
        if (reason is not null && limiter.MayLog(Log.TagsRejectedId, family))
            Log.TagsRejected(logger, family.Name, reason);
        return reason is null;
    }

    public string? WhyUnusable(string name)
    {
        if (name.Length > maximumLength)
            return "it is longer than MaximumKeyLength";
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsControl(name[i]))
                return "it holds control characters";
            if (!char.IsSurrogate(name[i]))
                continue;
            // A lone surrogate has no UTF-8 form: two such names would be equal in Redis.
            if (!char.IsHighSurrogate(name[i]) || i + 1 == name.Length || !char.IsLowSurrogate(name[i + 1]))
                return "it holds half of a character";
            i++;
        }

        return null;
    }

    /// <summary>The tags of a caller, each once.</summary>
    /// <exception cref="ArgumentException">A tag is blank or <c>*</c>.</exception>
    public static string[] ValidTags(IEnumerable<string>? tags)
    {
        switch (tags)
        {
            case null:
                return [];
            case string[] { Length: 0 } none:
                return none;
        }

        var given = tags.Distinct(StringComparer.Ordinal).ToArray();
        foreach (var tag in given)
        {
            if (string.IsNullOrWhiteSpace(tag) || tag == TagTable.EverythingName)
                throw new ArgumentException($"The tag \"{tag}\" is not allowed. A tag must not be blank, and \"*\" is reserved for all entries.", nameof(tags));
        }

        return given;
    }
}
