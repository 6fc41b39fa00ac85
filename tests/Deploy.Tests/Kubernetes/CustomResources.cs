using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>The part of the custom resources that we use, as their definitions have it: another field is an error.</summary>
internal static class CustomResources
{
    public static IDictionary<string, Type> Types { get; } = new Dictionary<string, Type>
    {
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["gateway.networking.k8s.io/v1/HTTPRoute"] = typeof(HttpRoute),
        ["gateway.networking.k8s.io/v1/BackendTLSPolicy"] = typeof(BackendTlsPolicy),
    };
}

// https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor
internal sealed class ServiceMonitor : CustomResource
{
    [YamlMember(Alias = "spec")]
    public SpecType Spec { get; init; } = new();

    internal sealed class SpecType
    {
        [YamlMember(Alias = "selector")]
        public V1LabelSelector? Selector { get; init; }

        [YamlMember(Alias = "endpoints")]
        public List<Endpoint> Endpoints { get; init; } = [];
    }

    internal sealed class Endpoint
    {
        [YamlMember(Alias = "port")]
        public string? Port { get; init; }

        [YamlMember(Alias = "path")]
        public string? Path { get; init; }

        [YamlMember(Alias = "interval")]
        public string? Interval { get; init; }

        [YamlMember(Alias = "relabelings")]
        public List<Relabeling> Relabelings { get; init; } = [];
    }

    internal sealed class Relabeling
    {
        [YamlMember(Alias = "action")]
        public string? Action { get; init; }

        [YamlMember(Alias = "sourceLabels")]
        public List<string> SourceLabels { get; init; } = [];

        [YamlMember(Alias = "targetLabel")]
        public string? TargetLabel { get; init; }

        [YamlMember(Alias = "replacement")]
        public string? Replacement { get; init; }
    }
}

// https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
internal sealed class PrometheusRule : CustomResource
{
    [YamlMember(Alias = "spec")]
    public RuleFile Spec { get; init; } = new();
}

/// <summary>Also what a rule file of Prometheus itself holds.</summary>
internal sealed class RuleFile
{
    [YamlMember(Alias = "groups")]
    public List<Group> Groups { get; init; } = [];

    internal sealed class Group
    {
        [YamlMember(Alias = "name")]
        public string? Name { get; init; }

        [YamlMember(Alias = "interval")]
        public string? Interval { get; init; }

        [YamlMember(Alias = "rules")]
        public List<Rule> Rules { get; init; } = [];
    }

    internal sealed class Rule
    {
        [YamlMember(Alias = "record")]
        public string? Record { get; init; }

        [YamlMember(Alias = "alert")]
        public string? Alert { get; init; }

        [YamlMember(Alias = "expr")]
        public string? Expr { get; init; }

        [YamlMember(Alias = "for")]
        public string? For { get; init; }

        [YamlMember(Alias = "labels")]
        public Dictionary<string, string> Labels { get; init; } = [];

        [YamlMember(Alias = "annotations")]
        public Dictionary<string, string> Annotations { get; init; } = [];
    }
}

// https://gateway-api.sigs.k8s.io/reference/spec/#httproute
internal sealed class HttpRoute : CustomResource
{
    [YamlMember(Alias = "spec")]
    public SpecType Spec { get; init; } = new();

    internal sealed class SpecType
    {
        [YamlMember(Alias = "parentRefs")]
        public List<Parent> ParentRefs { get; init; } = [];

        [YamlMember(Alias = "hostnames")]
        public List<string> Hostnames { get; init; } = [];

        [YamlMember(Alias = "rules")]
        public List<Rule> Rules { get; init; } = [];
    }

    internal sealed class Parent
    {
        [YamlMember(Alias = "name")]
        public string? Name { get; init; }

        [YamlMember(Alias = "namespace")]
        public string? Namespace { get; init; }

        [YamlMember(Alias = "sectionName")]
        public string? SectionName { get; init; }
    }

    internal sealed class Rule
    {
        [YamlMember(Alias = "matches")]
        public List<Match> Matches { get; init; } = [];

        [YamlMember(Alias = "timeouts")]
        public Dictionary<string, string> Timeouts { get; init; } = [];

        [YamlMember(Alias = "backendRefs")]
        public List<Backend> BackendRefs { get; init; } = [];
    }

    internal sealed class Match
    {
        [YamlMember(Alias = "method")]
        public string? Method { get; init; }

        [YamlMember(Alias = "path")]
        public PathMatch? Path { get; init; }
    }

    internal sealed class PathMatch
    {
        [YamlMember(Alias = "type")]
        public string? Type { get; init; }

        [YamlMember(Alias = "value")]
        public string? Value { get; init; }
    }

    internal sealed class Backend
    {
        [YamlMember(Alias = "name")]
        public string? Name { get; init; }

        [YamlMember(Alias = "port")]
        public int Port { get; init; }
    }
}

// https://gateway-api.sigs.k8s.io/reference/spec/#backendtlspolicy
internal sealed class BackendTlsPolicy : CustomResource
{
    [YamlMember(Alias = "spec")]
    public SpecType Spec { get; init; } = new();

    internal sealed class SpecType
    {
        [YamlMember(Alias = "targetRefs")]
        public List<Reference> TargetRefs { get; init; } = [];

        [YamlMember(Alias = "validation")]
        public Validation Validation { get; init; } = new();
    }

    internal sealed class Validation
    {
        [YamlMember(Alias = "hostname")]
        public string? Hostname { get; init; }

        [YamlMember(Alias = "caCertificateRefs")]
        public List<Reference> CaCertificateRefs { get; init; } = [];
    }

    internal sealed class Reference
    {
        [YamlMember(Alias = "group")]
        public string? Group { get; init; }

        [YamlMember(Alias = "kind")]
        public string? Kind { get; init; }

        [YamlMember(Alias = "name")]
        public string? Name { get; init; }

        [YamlMember(Alias = "sectionName")]
        public string? SectionName { get; init; }
    }
}

internal abstract class CustomResource : IKubernetesObject<V1ObjectMeta>
{
    [YamlMember(Alias = "apiVersion")]
    public string ApiVersion { get; set; } = "";

    [YamlMember(Alias = "kind")]
    public string Kind { get; set; } = "";

    [YamlMember(Alias = "metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();
}
