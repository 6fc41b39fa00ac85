namespace Aspire.Hosting.Local;

/// <summary>Values that differ between replicas are written as templates and filled in when a replica starts.</summary>
internal static class ReplicaTemplate
{
    public const string Suffix = "{{- index .Annotations \"otel-service-instance-id\" -}}";

    public static string PortOf(string resource, string endpoint) => $"{{{{- portForServing \"{resource}_{endpoint}\" -}}}}";

    public static string Fill(string value, string resource, string suffix, IReadOnlyDictionary<string, int> ports)
    {
        if (!value.Contains("{{-", StringComparison.Ordinal))
            return value;
        value = value.Replace(Suffix, suffix, StringComparison.Ordinal);
        foreach (var (endpoint, port) in ports)
            value = value.Replace(PortOf(resource, endpoint), $"{port}", StringComparison.Ordinal);
        return value;
    }
}
