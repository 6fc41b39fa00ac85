using System.Globalization;
using k8s.Models;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>Only what is used may be used: each way that one pod is let out, the other lets in, and nothing else.</summary>
[Collection(OverlaysCollection.Name)]
public class NetworkTests(Overlays overlays)
{
    private const string NameLabel = "app.kubernetes.io/name";

    public static TheoryData<string> Names => Overlays.Names;

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Pods_All_StartFromNothingAllowed(string overlay)
    {
        var everybody = overlays[overlay].All<V1NetworkPolicy>().Single(policy => policy.Metadata.Name == "default-deny").Spec;
        Assert.Empty(everybody.PodSelector.MatchLabels ?? new Dictionary<string, string>());
        Assert.Equal(["Egress", "Ingress"], everybody.PolicyTypes.Order());
        Assert.Null(everybody.Ingress);
        Assert.Null(everybody.Egress);
        Assert.All(overlays[overlay].Pods(), pod => Assert.Equal("hotshelf", pod.Pod.Metadata.Labels["app.kubernetes.io/part-of"]));
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Ways_BetweenPods_AreOpenAtBothEnds(string overlay)
    {
        var rendering = overlays[overlay];
        var present = rendering.Pods().Select(pod => pod.Name).ToHashSet();
        var outwards = (
            from policy in rendering.All<V1NetworkPolicy>()
            from rule in policy.Spec.Egress ?? []
            from target in rule.To ?? []
            where target.PodSelector is not null
            from port in rule.Ports
            from source in Selected(policy.Spec.PodSelector, present)
            let way = $"{source} -> {target.PodSelector.MatchLabels[NameLabel]}:{PortOf(rendering, target.PodSelector.MatchLabels[NameLabel], port.Port.Value)}"
            where present.Contains(target.PodSelector.MatchLabels[NameLabel])
            select way).Order().ToList();
        var inwards = (
            from policy in rendering.All<V1NetworkPolicy>()
            from rule in policy.Spec.Ingress ?? []
            from source in rule.FromProperty ?? []
            where source.PodSelector is not null
            from port in rule.Ports
            from target in Selected(policy.Spec.PodSelector, present)
            select $"{source.PodSelector.MatchLabels[NameLabel]} -> {target}:{PortOf(rendering, target, port.Port.Value)}").Order().ToList();
        Assert.NotEmpty(outwards);
        Assert.Equal(inwards, outwards);
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Ways_BetweenPods_AreThoseOfTheAppHost(string overlay)
    {
        var model = AppModel.Load();
        var rendering = overlays[overlay];
        foreach (var project in model.Projects)
        {
            var egress = rendering.All<V1NetworkPolicy>().Single(policy => policy.Metadata.Name == project.Name).Spec.Egress
                .SelectMany(rule => rule.To).Select(target => target.PodSelector.MatchLabels[NameLabel]).ToHashSet();
            foreach (var other in model.Resources.Where(other => other != project))
                Assert.True(project.Refers(other.Name, other.Name == "postgres" ? "productdb" : "") == egress.Contains(other.Name), $"{project} to {other}");
        }
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Names_AreAskedOfTheClusterTheNodeAndOpenShift(string overlay)
    {
        var rules = overlays[overlay].All<V1NetworkPolicy>().Single(policy => policy.Metadata.Name == "names").Spec.Egress;
        var ways = rules.SelectMany(rule => rule.To.SelectMany(target => rule.Ports.Select(port =>
            $"{target.IpBlock?.Cidr ?? target.NamespaceSelector.MatchLabels.Single().Value} {port.Protocol} {port.Port.Value}")));
        Assert.Equal(
            ["169.254.20.10/32 TCP 53", "169.254.20.10/32 UDP 53", "kube-system TCP 53", "kube-system UDP 53", "openshift-dns TCP 5353", "openshift-dns UDP 5353"], ways.Order());
    }

    [KubectlFact]
    public void Production_WaysToOtherServices_AreOpenToThoseWhoUseThem()
    {
        var policies = overlays["production"].All<V1NetworkPolicy>().ToDictionary(policy => policy.Metadata.Name, policy => policy.Spec);
        Assert.Equal([6379, 6380, 8500, 10000, 11000], policies["external-redis"].Egress.SelectMany(rule => rule.Ports).Select(port => int.Parse(port.Port.Value, CultureInfo.InvariantCulture)).Order());
        Assert.Contains(policies["external-redis"].Egress.SelectMany(rule => rule.Ports), port => (port.Port.Value, port.EndPort) == ("8500", 8599));
        Assert.Equal(["productapi", "cacheworker"], policies["collector"].PodSelector.MatchExpressions.Single().Values);
        // Neither to private networks nor to the address of the cloud's metadata, which hands out credentials.
        var inside = policies["external-postgres"].Egress.SelectMany(rule => rule.To).Select(target => target.IpBlock.Cidr).Where(cidr => !cidr.Contains(':', StringComparison.Ordinal)).Append("169.254.0.0/16").Order();
        Assert.All(policies.Values.SelectMany(policy => policy.Egress ?? []).SelectMany(rule => rule.To).Where(target => target.IpBlock?.Cidr == "0.0.0.0/0"),
            target => Assert.Equal(inside, target.IpBlock.Except.Order()));
        Assert.Equal("true", policies["acme-solver"].PodSelector.MatchLabels["acme.cert-manager.io/http01-solver"]);
    }

    private static IEnumerable<string> Selected(V1LabelSelector selector, IEnumerable<string> present) =>
        selector.MatchLabels is { } labels && labels.TryGetValue(NameLabel, out var name) ? [name]
        : selector.MatchExpressions is { } expressions ? expressions.Single(expression => expression.Key == NameLabel).Values
        : present;

    private static int PortOf(Rendering rendering, string pod, string port) => int.TryParse(port, out var number)
        ? number
        : rendering.Pods().Single(one => one.Name == pod).Pod.Spec.Containers.SelectMany(container => container.Ports).Single(one => one.Name == port).ContainerPort;
}
