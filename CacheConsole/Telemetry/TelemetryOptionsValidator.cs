using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry;

/// <summary>Names every setting that is out of range by its configuration key.</summary>
internal sealed class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>
{
    private const long Mebibyte = 1 << 20;

    public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
    {
        var failures = new List<string>();
        Check(nameof(options.MaximumLogs), options.MaximumLogs, 100, 1_000_000);
        Check(nameof(options.LogBytes), options.LogBytes, Mebibyte, 4096 * Mebibyte);
        Check(nameof(options.MaximumTraces), options.MaximumTraces, 100, 1_000_000);
        Check(nameof(options.MaximumSpansPerTrace), options.MaximumSpansPerTrace, 10, 100_000);
        Check(nameof(options.TraceBytes), options.TraceBytes, Mebibyte, 4096 * Mebibyte);
        Check(nameof(options.MaximumSeries), options.MaximumSeries, 100, 1_000_000);
        Check(nameof(options.MaximumPoints), options.MaximumPoints, 10, 100_000);
        Check(nameof(options.MetricBytes), options.MetricBytes, Mebibyte, 4096 * Mebibyte);
        Check(nameof(options.MaximumAttributes), options.MaximumAttributes, 1, 10_000);
        Check(nameof(options.MaximumValueLength), options.MaximumValueLength, 64, 1_000_000);
        Check(nameof(options.MaximumConsoleLines), options.MaximumConsoleLines, 100, 1_000_000);
        Check(nameof(options.ConsoleBytes), options.ConsoleBytes, Mebibyte, 4096 * Mebibyte);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Check(string key, long value, long least, long most)
        {
            if (value < least || value > most)
                failures.Add($"{TelemetryOptions.SectionName}:{key} is '{value}'; allowed is {least} to {most}.");
        }
    }
}
