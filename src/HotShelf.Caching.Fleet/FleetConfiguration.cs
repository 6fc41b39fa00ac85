using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Fleet;

/// <summary>Applies section <c>Fleet</c> over the options set in code. An unknown key or an invalid value fails the start with the key, the value and the allowed values.</summary>
internal sealed class FleetConfiguration(IConfigurationSection section) : IConfigureOptions<FleetOptions>
{
    private static readonly Dictionary<string, Action<FleetOptions, string>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Interval"] = static (options, text) => options.Interval = Time(text),
        ["Retention"] = static (options, text) => options.Retention = Time(text),
        ["Events"] = static (options, text) => options.Events = Integer(text),
        ["EventsPerSecond"] = static (options, text) => options.EventsPerSecond = Integer(text),
        ["PopularityInterval"] = static (options, text) => options.PopularityInterval = Time(text),
        ["PopularityKeys"] = static (options, text) => options.PopularityKeys = Integer(text),
        ["PopularityLimit"] = static (options, text) => options.PopularityLimit = Integer(text),
        ["Address"] = static (options, text) => options.Address = Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address : throw new FormatException("an address such as http://10.0.0.7:8080"),
    };

    public void Configure(FleetOptions options)
    {
        var errors = new List<string>();
        foreach (var child in section.GetChildren())
        {
            try
            {
                if (s_settings.TryGetValue(child.Key, out var apply))
                    apply(options, child.Value ?? "");
                else
                    errors.Add($"{child.Path} is not a setting of the fleet. Allowed here: {string.Join(", ", s_settings.Keys)}.");
            }
            catch (FormatException exception)
            {
                errors.Add($"{child.Path} is '{child.Value}'; allowed is {exception.Message}.");
            }
        }

        if (errors.Count > 0)
            throw new OptionsValidationException(Options.DefaultName, typeof(FleetOptions), errors);
    }

    private static int Integer(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException("a whole number of 0 or more");

    private static TimeSpan Time(string text) => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException("a time as [d.]hh:mm:ss[.fff], such as 00:00:30");
}

/// <summary>Validates the options at start, and reports all errors at once.</summary>
internal sealed class FleetOptionsValidator : IValidateOptions<FleetOptions>
{
    public ValidateOptionsResult Validate(string? name, FleetOptions options)
    {
        var errors = new List<string>();
        void Require(bool condition, string key, object value, string allowed)
        {
            if (!condition)
                errors.Add($"{FleetOptions.SectionName}:{key} is '{value}'; allowed is {allowed}.");
        }

        Require(options.Interval.TotalSeconds is >= 0.1 and <= 60, nameof(options.Interval), options.Interval, "100 ms to 1 minute");
        Require(options.Retention.TotalHours is >= 1 and <= 7 * 24, nameof(options.Retention), options.Retention, "1 hour to 7 days");
        Require(options.Events is >= 100 and <= 100_000, nameof(options.Events), options.Events, "100 to 100000");
        Require(options.EventsPerSecond is >= 0 and <= 1000, nameof(options.EventsPerSecond), options.EventsPerSecond, "0 to 1000");
        Require(options.PopularityInterval.TotalSeconds is >= 0.1 and <= 3600, nameof(options.PopularityInterval), options.PopularityInterval, "100 ms to 1 hour");
        Require(options.PopularityKeys is >= 1 and <= 100_000, nameof(options.PopularityKeys), options.PopularityKeys, "1 to 100000");
        Require(options.PopularityLimit is >= 1 and <= 1_000_000, nameof(options.PopularityLimit), options.PopularityLimit, "1 to 1000000");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
