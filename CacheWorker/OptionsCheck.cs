using System.Globalization;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker;

/// <summary>Collects every setting of a section that is out of range, each with its configuration key, its value and what is allowed.</summary>
internal sealed class OptionsCheck(string section)
{
    private readonly List<string> _failures = [];

    public ValidateOptionsResult Result => _failures.Count > 0 ? ValidateOptionsResult.Fail(_failures) : ValidateOptionsResult.Success;

    public void Range<T>(string key, T value, T minimum, T maximum)
        where T : IComparable<T>
    {
        if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
            _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{section}:{key} is {value}; it must be from {minimum} to {maximum}."));
    }
}
