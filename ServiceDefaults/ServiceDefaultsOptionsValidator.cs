using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults;

/// <summary>Names every setting that is out of range by its configuration key.</summary>
internal sealed class ServiceDefaultsOptionsValidator : IValidateOptions<ServiceDefaultsOptions>
{
    public ValidateOptionsResult Validate(string? name, ServiceDefaultsOptions options)
    {
        var failures = new List<string>();
        if (options.TraceSampleRatio is { } ratio && !(ratio >= 0 && ratio <= 1))
            failures.Add(Message(nameof(options.TraceSampleRatio), ratio, "a number from 0 to 1"));
        Check(failures, nameof(options.HealthCacheDuration), options.HealthCacheDuration, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Check(failures, nameof(options.HealthCheckTimeout), options.HealthCheckTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Check(failures, nameof(options.RequestLogQuietHits), options.RequestLogQuietHits, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        if (options.DrainDelay is { } delay)
            Check(failures, nameof(options.DrainDelay), delay, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Check(List<string> failures, string key, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            failures.Add(Message(key, value, $"{least:c} to {most:c}"));
    }

    private static string Message(string key, object value, string allowed) => $"{ServiceDefaultsOptions.SectionName}:{key} is '{value}'; allowed is {allowed}.";
}
