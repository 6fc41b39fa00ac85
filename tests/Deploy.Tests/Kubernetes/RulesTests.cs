using System.Text.Json;
using YamlDotNet.Serialization;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>Rules and dashboards are written once; what Kubernetes is given is the same.</summary>
public class RulesTests
{
    [Fact]
    public void PrometheusRule_Groups_AreThoseOfDeployPrometheus()
    {
        var written = (PrometheusRule)Assert.Single(Rendering.Parse(Repository.Read("deploy/kubernetes/components/monitoring/rules.yaml")).Objects);
        var source = ((string[])["recording", "alerts"])
            .SelectMany(file => new DeserializerBuilder().Build().Deserialize<RuleFile>(Repository.Read($"deploy/prometheus/rules/{file}.yml")).Groups);
        // When they differ: deploy/kubernetes/components/monitoring/rules.sh writes them again.
        Assert.Equal(JsonSerializer.Serialize(source), JsonSerializer.Serialize(written.Spec.Groups));
    }

    [Fact]
    public void Dashboards_All_AreInTheConfigMap()
    {
        var listed = Repository.Read("deploy/grafana/kustomization.yaml");
        Assert.All(Repository.Below("deploy/grafana/dashboards"), file => Assert.Contains($"- dashboards/{Path.GetFileName(file)}\n", listed, StringComparison.Ordinal));
    }

    [Fact]
    public void PrometheusRule_WithAFieldThatTheOperatorDoesNotKnow_IsRefused() =>
        Assert.ThrowsAny<YamlDotNet.Core.YamlException>(() => Rendering.Parse("""
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata: { name: wrong }
            spec: { group: [] }
            """));

    [Fact]
    public void Deployment_WithAFieldThatKubernetesDoesNotKnow_IsRefused() =>
        Assert.ThrowsAny<YamlDotNet.Core.YamlException>(() => Rendering.Parse("""
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: wrong }
            spec: { template: { spec: { containers: [{ name: wrong, readynessProbe: { tcpSocket: { port: 1 } } }] } } }
            """));
}
