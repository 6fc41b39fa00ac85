using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Security;

/// <summary>
/// The API keys, by scope: <c>Api:Keys:write=…</c>, or several to rotate without an outage: <c>Api:Keys:write:0=…</c>, <c>Api:Keys:write:1=…</c>.
/// A key under <c>admin</c> may do everything. Changes in configuration files are taken up while running.
/// </summary>
internal sealed class ApiKeyOptions
{
    public const string SectionName = "Api:Keys";

    /// <summary>The shortest key, in characters: 16 of 62 kinds are 95 bits.</summary>
    public const int MinimumLength = 16;

    public List<ApiKey> Keys { get; } = [];

    /// <summary>Adds what a configuration section holds.</summary>
    public void Read(IConfiguration section)
    {
        foreach (var scope in section.GetChildren())
        {
            var name = scope.Key.ToLowerInvariant();
            if (scope.Value is { } value)
                Keys.Add(new(name, scope.Path, value));
            foreach (var one in scope.GetChildren())
                Keys.Add(new(name, one.Path, one.Value ?? ""));
        }
    }

    internal sealed record ApiKey(string Scope, string Path, string Value);

    /// <summary>Says what is wrong by configuration key, never by value.</summary>
    internal sealed class Validator : IValidateOptions<ApiKeyOptions>
    {
        public ValidateOptionsResult Validate(string? name, ApiKeyOptions options)
        {
            List<string> failures = [];
            foreach (var key in options.Keys)
            {
                if (!Scopes.All.Contains(key.Scope))
                    failures.Add($"{key.Path}: '{key.Scope}' is not a scope; allowed are {string.Join(", ", Scopes.All)}.");
                if (key.Value.Length < MinimumLength)
                    failures.Add($"{key.Path}: the key has {key.Value.Length} characters; give it at least {MinimumLength}.");
                else if (key.Value.Any(character => character is <= ' ' or > '~'))
                    failures.Add($"{key.Path}: the key has a character that cannot stand in a header; use visible ASCII without blanks.");
            }

            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
