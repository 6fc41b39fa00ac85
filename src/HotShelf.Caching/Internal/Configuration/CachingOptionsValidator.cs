using HotShelf.Caching.Internal.Families;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Internal.Configuration;

/// <summary>Validates the options at start. Reports all errors at once, each with its configuration key, its value and the allowed values.</summary>
internal sealed class CachingOptionsValidator(string? name, string sectionPath) : IValidateOptions<HotShelfCachingOptions>
{
    public ValidateOptionsResult Validate(string? optionsName, HotShelfCachingOptions options)
    {
        if ((optionsName ?? Options.DefaultName) != (name ?? Options.DefaultName))
            return ValidateOptionsResult.Skip;
        var errors = new List<string>();
        void Require(bool condition, string key, object? value, string allowed)
        {
            if (!condition)
                errors.Add($"{sectionPath}:{key} is '{value}'; allowed is {allowed}.");
        }

        var part = "1 to 64 characters of a-z, A-Z, 0-9, '-', '_' and '.'";
        Require(IsKeyPart(options.Prefix), "Prefix", options.Prefix, part);
        Require(IsKeyPart(options.Version), "Version", options.Version, part);
        Require(options.MaximumKeyLength is >= 1 and <= 65_535, "MaximumKeyLength", options.MaximumKeyLength, "1 to 65535");
        Require(options.MaximumPayloadBytes is >= 1 and <= 512 * 1024 * 1024, "MaximumPayloadBytes", options.MaximumPayloadBytes, "1 to 536870912, the largest string of Redis");
        Require(options.LocalSizeLimit >= 0, "LocalSizeLimit", options.LocalSizeLimit, "0 or more bytes");
        Require(options.CompressionThreshold >= 0, "CompressionThreshold", options.CompressionThreshold, "0 or more bytes");
        Require(IsBetween(options.RemoteTimeout, 0.001, 60), "RemoteTimeout", options.RemoteTimeout, "1 ms to 1 minute");
        Require(options.BreakerThreshold is >= 1 and <= 10_000, "BreakerThreshold", options.BreakerThreshold, "1 to 10000");
        Require(IsBetween(options.BreakerDuration, 0.01, 600), "BreakerDuration", options.BreakerDuration, "10 ms to 10 minutes");
        Require(IsBetween(options.LeaseDuration, 0.1, 600), "LeaseDuration", options.LeaseDuration, "100 ms to 10 minutes");
        Require(IsBetween(options.LeaseWait, 0, 600), "LeaseWait", options.LeaseWait, "0 to 10 minutes");
        Require(IsBetween(options.IncoherentLocal, 0, 3600), "IncoherentLocal", options.IncoherentLocal, "0 to 1 hour");
        Require(IsBetween(options.TagRetention, 60, 365 * 86_400.0), "TagRetention", options.TagRetention, "1 minute to 1 year");
        Require(options.MaximumPendingInvalidations >= 1, "MaximumPendingInvalidations", options.MaximumPendingInvalidations, "1 or more");
        Check("Default", options.Default);
        foreach (var (family, policy) in options.Families)
        {
            Require(family.Length is > 0 and <= 64 && !family.Contains(':', StringComparison.Ordinal), "Families", family, "a name of 1 to 64 characters without ':'");
            if (family == FamilyTable.Other)
                errors.Add($"{sectionPath}:Families:{family} is no family: the families without a policy, which are shown as '{family}' beyond the 32nd of them, have {sectionPath}:Default.");
            Check($"Families:{family}", policy);
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Check(string path, CachePolicy policy)
        {
            Require(policy.Fresh >= TimeSpan.Zero, $"{path}:Fresh", policy.Fresh, "0 or more");
            Require(policy.Grace >= TimeSpan.Zero, $"{path}:Grace", policy.Grace, "0 or more");
            Require(policy.Local >= TimeSpan.Zero, $"{path}:Local", policy.Local, "0 or more");
            Require(policy.Sliding is null || policy.Sliding > TimeSpan.Zero && policy.Sliding <= policy.Fresh, $"{path}:Sliding", policy.Sliding, "more than 0 and at most Fresh");
            Require(policy.Negative is null || policy.Negative >= TimeSpan.Zero, $"{path}:Negative", policy.Negative, "0 or more");
            Require(policy.EagerRefresh is null or >= 0.1 and <= 0.99, $"{path}:EagerRefresh", policy.EagerRefresh, "0.1 to 0.99");
            Require(policy.Jitter is >= 0 and <= 0.5, $"{path}:Jitter", policy.Jitter, "0 to 0.5");
            Require(policy.FailSafeThrottle >= TimeSpan.Zero, $"{path}:FailSafeThrottle", policy.FailSafeThrottle, "0 or more");
            Require(policy.LoaderSoftTimeout is null || policy.LoaderSoftTimeout > TimeSpan.Zero && policy.LoaderSoftTimeout < policy.LoaderHardTimeout, $"{path}:LoaderSoftTimeout", policy.LoaderSoftTimeout, "more than 0 and less than LoaderHardTimeout");
            Require(policy.LoaderHardTimeout == TimeSpan.MaxValue || IsBetween(policy.LoaderHardTimeout, 0.001, 86_400), $"{path}:LoaderHardTimeout", policy.LoaderHardTimeout, "1 ms to 1 day, or TimeSpan.MaxValue for no limit");
            Require(policy.MaximumConcurrentFills >= 1, $"{path}:MaximumConcurrentFills", policy.MaximumConcurrentFills, "1 or more");
            Require(policy.MaximumQueuedFills >= 0, $"{path}:MaximumQueuedFills", policy.MaximumQueuedFills, "0 or more");
        }
    }

    private static bool IsKeyPart(string? text) =>
        text is { Length: >= 1 and <= 64 } && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    private static bool IsBetween(TimeSpan time, double fromSeconds, double toSeconds) => time.TotalSeconds >= fromSeconds && time.TotalSeconds <= toSeconds;
}
