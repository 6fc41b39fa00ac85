using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Sweeping;

internal sealed class SweepOptionsValidator : IValidateOptions<SweepOptions>
{
    public ValidateOptionsResult Validate(string? name, SweepOptions options)
    {
        var check = new OptionsCheck(SweepOptions.SectionName);
        check.Range(nameof(options.UnusedFor), options.UnusedFor, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30));
        check.Range(nameof(options.StepSize), options.StepSize, 1, 10_000);
        check.Range(nameof(options.SlowStep), options.SlowStep, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        return check.Result;
    }
}
