using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>The rule every resource name follows: DNS-label-like, so that it works as host name, environment variable and file name.</summary>
internal static class ResourceNames
{
    public static void Validate(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var wrong =
            name.Length > 64 ? "is longer than 64 characters"
            : !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? "may hold only ASCII letters, digits and '-'"
            : !char.IsAsciiLetter(name[0]) ? "must start with an ASCII letter"
            : name[^1] == '-' || name.Contains("--", StringComparison.Ordinal) ? "may not end with '-' or hold two in a row"
            : null;
        if (wrong is not null)
            throw new ArgumentException($"The resource name '{name}' {wrong}.", nameof(name));
    }

    /// <summary>The form of a name inside an environment variable: letters, digits and '_', never a digit first.</summary>
    public static string ForEnvironment(string name)
    {
        var encoded = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return encoded.Length > 0 && char.IsAsciiDigit(encoded[0]) ? "_" + encoded : encoded;
    }

    /// <summary>A resource's last part of an instance id: eight lower-case letters.</summary>
    public static string NewSuffix() => System.Security.Cryptography.RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz", 8);

    /// <summary>True for a resource that has processes.</summary>
    public static bool IsRunnable(this IResource resource) => resource is ProjectResource or ExecutableResource or ContainerResource;
}
