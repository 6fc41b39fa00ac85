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

    private static IEnumerable<string> Selected(V1LabelSelector selector, IEnumerable<string> present) =>
        selector.MatchLabels is { } labels && labels.TryGetValue(NameLabel, out var name) ? [name]
        : selector.MatchExpressions is { } expressions ? expressions.Single(expression => expression.Key == NameLabel).Values
        : present;

    private static int PortOf(Rendering rendering, string pod, string port) => int.TryParse(port, out var number)
        ? number
        : rendering.Pods().Single(one => one.Name == pod).Pod.Spec.Containers.SelectMany(container => container.Ports).Single(one => one.Name == port).ContainerPort;
}
