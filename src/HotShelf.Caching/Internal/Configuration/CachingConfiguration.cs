using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Internal.Configuration;

/// <summary>
/// Applies section <c>Caching</c> over the options set in code. Keys are read one by one, not by a binder: an unknown key or an invalid value fails the
/// start with the key, the value and the allowed values, and no reflection is needed.
/// </summary>
internal sealed class CachingConfiguration(string? name, IConfigurationSection section) : IConfigureNamedOptions<HotShelfCachingOptions>
{
    private static readonly Dictionary<string, Action<HotShelfCachingOptions, Setting>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Prefix"] = (options, value) => options.Prefix = value.Text,
        ["Version"] = (options, value) => options.Version = value.Text,
        ["Redis"] = (options, value) => options.Redis = value.Text,
        ["MemoryOnly"] = (options, value) => options.MemoryOnly = value.Switch(),
        ["MaximumKeyLength"] = (options, value) => options.MaximumKeyLength = value.Integer(),
        ["MaximumPayloadBytes"] = (options, value) => options.MaximumPayloadBytes = value.Integer(),
        ["LocalSizeLimit"] = (options, value) => options.LocalSizeLimit = value.Long(),
        ["CompressionThreshold"] = (options, value) => options.CompressionThreshold = value.Integer(),
        ["RemoteTimeout"] = (options, value) => options.RemoteTimeout = value.Time(),
        ["BreakerThreshold"] = (options, value) => options.BreakerThreshold = value.Integer(),
        ["BreakerDuration"] = (options, value) => options.BreakerDuration = value.Time(),
        ["LeaseDuration"] = (options, value) => options.LeaseDuration = value.Time(),
        ["LeaseWait"] = (options, value) => options.LeaseWait = value.Time(),
        ["IncoherentLocal"] = (options, value) => options.IncoherentLocal = value.Time(),
        ["TagRetention"] = (options, value) => options.TagRetention = value.Time(),
        ["MaximumPendingInvalidations"] = (options, value) => options.MaximumPendingInvalidations = value.Integer(),
    };

    private static readonly Dictionary<string, Action<CachePolicy, Setting>> s_policySettings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Fresh"] = (policy, value) => policy.Fresh = value.Time(),
        ["Grace"] = (policy, value) => policy.Grace = value.Time(),
        ["Local"] = (policy, value) => policy.Local = value.Time(),
        ["Sliding"] = (policy, value) => policy.Sliding = value.OptionalTime(),
        ["Negative"] = (policy, value) => policy.Negative = value.OptionalTime(),
        ["EagerRefresh"] = (policy, value) => policy.EagerRefresh = value.Text.Length == 0 ? null : value.Share(),
        ["Jitter"] = (policy, value) => policy.Jitter = value.Share(),
        ["FailSafeAfterTagRemoval"] = (policy, value) => policy.FailSafeAfterTagRemoval = value.Switch(),
        ["FailSafeThrottle"] = (policy, value) => policy.FailSafeThrottle = value.Time(),
        ["LoaderSoftTimeout"] = (policy, value) => policy.LoaderSoftTimeout = value.OptionalTime(),
        ["LoaderHardTimeout"] = (policy, value) => policy.LoaderHardTimeout = value.Time(),
        ["MaximumConcurrentFills"] = (policy, value) => policy.MaximumConcurrentFills = value.Integer(),
        ["MaximumQueuedFills"] = (policy, value) => policy.MaximumQueuedFills = value.Integer(),
    };

    public void Configure(HotShelfCachingOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? optionsName, HotShelfCachingOptions options)
    {
        if ((optionsName ?? Options.DefaultName) != (name ?? Options.DefaultName))
            return;
        var errors = new List<string>();
        foreach (var child in section.GetChildren())
        {
            if (child.Key.Equals("Families", StringComparison.OrdinalIgnoreCase))
            {
                foreach (var family in child.GetChildren())
                    Apply(family, Policy(options, family.Key), s_policySettings, errors);
            }
            else if (child.Key.Equals("Default", StringComparison.OrdinalIgnoreCase))
            {
                Apply(child, options.Default, s_policySettings, errors);
            }
            else
            {
                ApplyOne(child, options, s_settings, errors, "Families, Default, ");
            }
        }

        if (errors.Count > 0)
            throw new OptionsValidationException(name ?? Options.DefaultName, typeof(HotShelfCachingOptions), errors);
    }

    private static CachePolicy Policy(HotShelfCachingOptions options, string family)
    {
        // Names of families are case-sensitive, those of settings are not: an environment variable in capitals means the family that there is.
        var known = options.Families.Keys.FirstOrDefault(name => name.Equals(family, StringComparison.OrdinalIgnoreCase));
        return known is null ? options.Families[family] = options.Default with { } : options.Families[known];
    }

    private static void Apply<T>(IConfigurationSection section, T target, Dictionary<string, Action<T, Setting>> settings, List<string> errors)
    {
        foreach (var child in section.GetChildren())
            ApplyOne(child, target, settings, errors, "");
    }

    private static void ApplyOne<T>(IConfigurationSection child, T target, Dictionary<string, Action<T, Setting>> settings, List<string> errors, string others)
    {
        if (!settings.TryGetValue(child.Key, out var apply))
        {
            errors.Add($"{child.Path} is not a setting of the cache. Allowed here: {others}{string.Join(", ", settings.Keys)}.");
            return;
        }

        try
        {
            apply(target, new Setting(child.Value ?? ""));
        }
        catch (FormatException exception)
        {
            errors.Add($"{child.Path} is '{child.Value}'; allowed is {exception.Message}.");
        }
    }

    private readonly record struct Setting(string Text)
    {
        public int Integer() => int.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException("a whole number of 0 or more");

        public long Long() => long.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException("a whole number of 0 or more");

        public bool Switch() => bool.TryParse(Text, out var value) ? value : throw new FormatException("true or false");

        public TimeSpan Time() => TimeSpan.TryParse(Text, CultureInfo.InvariantCulture, out var value) && value >= TimeSpan.Zero
            ? value : throw new FormatException("a time of 0 or more as [d.]hh:mm:ss[.fff], such as 00:00:30");

        public TimeSpan? OptionalTime() => Text.Length == 0 ? null : Time();

        public double Share() => double.TryParse(Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= 1 ? value : throw new FormatException("a number from 0 to 1, such as 0.8");
    }
}
