using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>Rules and dashboards are written once; what Kubernetes is given is the same.</summary>
public partial class RulesTests
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
    public void PrometheusRule_Alerts_LinkTheirRunbookAbsolutely()
    {
        var written = (PrometheusRule)Assert.Single(Rendering.Parse(Repository.Read("deploy/kubernetes/components/monitoring/rules.yaml")).Objects);
        var repository = RepositoryUrl().Match(Repository.Read("Directory.Build.props")).Groups[1].Value;
        Assert.All(written.Spec.Groups.SelectMany(group => group.Rules).Where(rule => rule.Alert is not null), rule =>
            Assert.Equal($"{repository}/blob/main/docs/operations.md#{rule.Alert!.ToLowerInvariant()}", rule.Annotations["runbook_url"]));
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

    [GeneratedRegex("<RepositoryUrl>(.*)</RepositoryUrl>")]
    private static partial Regex RepositoryUrl();
}
