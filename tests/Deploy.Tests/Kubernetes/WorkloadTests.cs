using System.Globalization;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>What stands around the pods finds them.</summary>
[Collection(OverlaysCollection.Name)]
public partial class WorkloadTests(Overlays overlays)
{
    public static TheoryData<string> Names => Overlays.Names;

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Selectors_All_MatchThePodsOfOneWorkload(string overlay)
    {
        var rendering = overlays[overlay];
        Assert.All(rendering.All<V1Deployment>(), one => Matches(one.Spec.Selector, one.Spec.Template));
        Assert.All(rendering.All<V1StatefulSet>(), one => Matches(one.Spec.Selector, one.Spec.Template));
        Assert.All(rendering.All<V1PodDisruptionBudget>(), budget => Matches(budget.Spec.Selector, rendering.Pods().Single(pod => pod.Name == budget.Metadata.Name).Pod));
        Assert.All(rendering.Pods().SelectMany(pod => (pod.Pod.Spec.TopologySpreadConstraints ?? []).Select(spread => (spread, pod.Pod))), one => Matches(one.spread.LabelSelector, one.Pod));
        Assert.All(rendering.All<V1StatefulSet>(), one => Assert.Contains(one.Spec.ServiceName, rendering.All<V1Service>().Select(service => service.Metadata.Name)));
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Services_All_LeadToAPortOfTheirPods(string overlay) => Assert.All(overlays[overlay].All<V1Service>(), service =>
    {
        var pod = overlays[overlay].Pods().Single(pod => pod.Name == service.Metadata.Name).Pod;
        Assert.Equal(service.Spec.Selector.Order(), pod.Metadata.Labels.Where(label => label.Key == "app.kubernetes.io/name").Order());
        var ports = pod.Spec.Containers.SelectMany(container => container.Ports).ToDictionary(port => port.Name, port => port.ContainerPort);
        Assert.All(service.Spec.Ports, port => Assert.Equal(port.Port, ports[port.TargetPort.Value]));
    });

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Autoscaler_OfTheApi_HasItsDeploymentToItself(string overlay)
    {
        var scaler = Assert.Single(overlays[overlay].All<V2HorizontalPodAutoscaler>());
        var deployment = overlays[overlay].All<V1Deployment>().Single(one => one.Metadata.Name == scaler.Spec.ScaleTargetRef.Name);
        Assert.Null(deployment.Spec.Replicas);
        Assert.True(scaler.Spec.MinReplicas >= AppModel.Load().Resources.Single(resource => resource.Name == deployment.Metadata.Name).Replicas);
        Assert.True(scaler.Spec.MaxReplicas > scaler.Spec.MinReplicas);
        // A share of what is requested, so something has to be.
        Assert.Contains("cpu", deployment.Spec.Template.Spec.Containers.Single().Resources.Requests.Keys);
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Rollout_OfTheServices_TakesNoneAwayBeforeAnotherIsReady(string overlay) => Assert.All(
        overlays[overlay].All<V1Deployment>().Where(deployment => deployment.Metadata.Name != "cacheconsole"),
        deployment => Assert.Equal("0", deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value));

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Migration_RunsAfterWhatItNeedsAndBeforeTheServices(string overlay)
    {
        var rendering = overlays[overlay];
        var job = Assert.Single(rendering.All<V1Job>());
        // What waits for pods of a service, or for the service itself, would never become healthy before it.
        var services = rendering.Objects.Where(one => one is V1Deployment or V2HorizontalPodAutoscaler or V1PodDisruptionBudget).ToList();
        Assert.Equal(1, Wave(job));
        Assert.All(services, one => Assert.Equal(2, Wave(one)));
        Assert.All(rendering.Objects.Except([.. services, job]), one => Assert.Equal(0, Wave(one)));
        Assert.Equal(("Sync", "BeforeHookCreation"), (job.GetAnnotation("argocd.argoproj.io/hook"), job.GetAnnotation("argocd.argoproj.io/hook-delete-policy")));

        // A pod that is started again is deleted when the job fails, and its log with it.
        Assert.Equal("Never", job.Spec.Template.Spec.RestartPolicy);

        // Helm installs hooks by weight and before all else, so what the job names has to be one too.
        var account = rendering.All<V1ServiceAccount>().Single(one => one.Metadata.Name == job.Spec.Template.Spec.ServiceAccountName);
        Assert.Equal((job.GetAnnotation("helm.sh/hook"), job.GetAnnotation("helm.sh/hook-delete-policy")), (account.GetAnnotation("helm.sh/hook"), account.GetAnnotation("helm.sh/hook-delete-policy")));
        Assert.Equal("pre-install,pre-upgrade", job.GetAnnotation("helm.sh/hook"));
        Assert.True(string.CompareOrdinal(account.GetAnnotation("helm.sh/hook-weight"), job.GetAnnotation("helm.sh/hook-weight")) < 0);
        Assert.All(job.Spec.Template.Spec.Volumes, volume => Assert.True(volume.ConfigMap is null, "a generated ConfigMap is no hook"));
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Services_ThatUseTheDatabase_LeaveItsSchemaToTheMigration(string overlay)
    {
        var pods = overlays[overlay].Pods().ToDictionary(pod => pod.Name, pod => pod.Pod.Spec.Containers.Single().Env?.ToDictionary(variable => variable.Name, variable => variable.Value));
        Assert.Equal(("false", "false"), (pods["productapi"]!["Catalog__ApplySchema"], pods["cacheworker"]!["Catalog__ApplySchema"]));
        Assert.Equal(overlay == "dev" ? "true" : "false", pods["migrate"]!["Catalog__SampleData"]);
        var job = Assert.Single(overlays[overlay].All<V1Job>());
        Assert.True(overlays[overlay].All<V1Deployment>().Single(one => one.Metadata.Name == "productapi").Spec.ProgressDeadlineSeconds >= job.Spec.ActiveDeadlineSeconds);
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Spreading_OfPods_LeavesOutNodesThatTakeNone(string overlay) => Assert.All(
        overlays[overlay].Pods().SelectMany(pod => pod.Pod.Spec.TopologySpreadConstraints ?? []),
        spread => Assert.Equal("Honor", spread.NodeTaintsPolicy));

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Spreading_OfPods_KeepsNoneWaitingForAFullNode(string overlay) => Assert.All(
        overlays[overlay].Pods().SelectMany(pod => pod.Pod.Spec.TopologySpreadConstraints ?? []),
        spread => Assert.Equal("ScheduleAnyway", spread.WhenUnsatisfiable));

    [KubectlFact]
    public void Production_TheWayIn_LeadsToTheApiAndNotToItsInnerSide()
    {
        var rendering = overlays["production"];
        var rules = Assert.Single(rendering.All<HttpRoute>()).Spec.Rules;
        Assert.All(rules, rule =>
        {
            var backend = Assert.Single(rule.BackendRefs);
            Assert.Contains(backend.Port, rendering.All<V1Service>().Single(service => service.Metadata.Name == backend.Name).Spec.Ports.Select(port => port.Port));
            // A replica that hangs must not hang its callers.
            Assert.True(rule.Timeouts.ContainsKey("request"));
        });
        var paths = rules.SelectMany(rule => rule.Matches).Select(match => match.Path!.Value!).ToList();
        Assert.All(paths, path => Assert.DoesNotContain(path, (string[])["/", "/cache", "/metrics", "/health", "/alive", "/ready"]));
        // The Ingress is the same way in for clusters without the Gateway API.
        Assert.All(paths, path => Assert.Contains($"path: {path}, pathType: Prefix", Repository.Read("deploy/kubernetes/components/ingress/ingress.yaml"), StringComparison.Ordinal));
    }

    [KubectlFact]
    public void Production_TheWayIn_WaitsForReadsLessLong()
    {
        var rules = Assert.Single(overlays["production"].All<HttpRoute>()).Spec.Rules;
        // More in one rule a Gateway need not take.
        Assert.All(rules, rule => Assert.InRange(rule.Matches.Count, 1, 8));
        var limits = rules.SelectMany(rule => rule.Matches.Select(match => $"{match.Method} {match.Path!.Value} {rule.Timeouts["request"]}".TrimStart())).Order().ToList();
        string[] paths = ["/products", "/sessions", "/users", "/openapi"];
        Assert.Equal(paths.SelectMany(path => (string[])[$"GET {path} 5s", $"HEAD {path} 5s", $"{path} 20s"]).Order(), limits);
    }

    [KubectlFact]
    public async Task TheWayIn_WithThePatchOfTheReadme_IsByAnotherHostAndGateway()
    {
        var folder = Directory.CreateTempSubdirectory("hotshelf-way-in-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "kustomization.yaml"), "resources: [route.yaml]\n" + PatchInReadme().Match(Repository.Read("deploy/README.md")).Value.Replace("\n    ", "\n", StringComparison.Ordinal).TrimStart());
            File.Copy(Repository.PathOf("deploy/kubernetes/components/gateway/route.yaml"), Path.Combine(folder.FullName, "route.yaml"));
            var route = Assert.Single((await Rendering.OfFolderAsync(folder.FullName)).All<HttpRoute>()).Spec;
            Assert.Equal("products.example.com", Assert.Single(route.Hostnames));
            var gateway = Assert.Single(route.ParentRefs);
            Assert.Equal(("main", "infra", "web"), (gateway.Name, gateway.Namespace, gateway.SectionName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [KubectlFact]
    public void ProductionWithHttps_TheWayIn_IsEncryptedToThePods()
    {
        var rendering = overlays[Overlays.WithHttps];
        var (name, port) = ("productapi", 8443);
        var backends = Assert.Single(rendering.All<HttpRoute>()).Spec.Rules.SelectMany(rule => rule.BackendRefs);
        Assert.All(backends, backend => Assert.Equal((name, port), (backend.Name, backend.Port)));
        var policy = Assert.Single(rendering.All<BackendTlsPolicy>()).Spec;
        var target = Assert.Single(policy.TargetRefs);
        Assert.Equal(port, rendering.All<V1Service>().Single(service => service.Metadata.Name == target.Name).Spec.Ports.Single(one => one.Name == target.SectionName).Port);
        Assert.Equal(name, policy.Validation.Hostname);
        // Plain HTTP is closed to the gateway.
        var open = rendering.All<V1NetworkPolicy>().Single(one => one.Metadata.Name == name).Spec.Ingress
            .Where(rule => rule.FromProperty.Any(source => source.NamespaceSelector?.MatchLabels.ContainsKey("hotshelf/way-in") == true)).SelectMany(rule => rule.Ports);
        Assert.Equal(["https"], open.Select(one => one.Port.Value));

        var container = rendering.Pods().Single(pod => pod.Name == name).Pod.Spec.Containers.Single();
        var mount = container.VolumeMounts.Single(one => one.Name == "tls").MountPath;
        var variables = container.Env.ToDictionary(variable => variable.Name, variable => variable.Value);
        Assert.Equal(($"https://*:{port}", $"{mount}/tls.crt", $"{mount}/tls.key"), (variables["Kestrel__Endpoints__https__Url"], variables["Kestrel__Certificates__Default__Path"], variables["Kestrel__Certificates__Default__KeyPath"]));
        Assert.Equal("http", container.ReadinessProbe.HttpGet.Port.Value);
        Assert.Null(container.ReadinessProbe.HttpGet.Scheme);
    }

    [KubectlFact]
    public async Task Ingress_WithHttps_IsEncryptedToThePods()
    {
        var rendering = await Rendering.OfOverlayAsync("dev", "tls", "ingress", "https-ingress");
        var ingress = Assert.Single(rendering.All<V1Ingress>());
        Assert.Equal(("HTTPS", "on", "productapi", $"{overlays["production"].All<V1Namespace>().Single().Metadata.Name}/productapi-inside-tls"), (Annotation("backend-protocol"), Annotation("proxy-ssl-verify"), Annotation("proxy-ssl-name"), Annotation("proxy-ssl-secret")));
        Assert.All(ingress.Spec.Rules.SelectMany(rule => rule.Http.Paths), path => Assert.Equal("https", path.Backend.Service.Port.Name));
        Assert.Contains(rendering.All<V1NetworkPolicy>(), policy => policy.Metadata.Name == "acme-solver");

        string Annotation(string name) => ingress.GetAnnotation($"nginx.ingress.kubernetes.io/{name}");
    }

    // Of "error" and "timeout" nginx leaves out POST, LOCK and PATCH only.
    [KubectlFact]
    public async Task Ingress_RequestThatAReplicaDoesNotAnswer_IsNotRepeated()
    {
        var ingress = Assert.Single((await Rendering.OfOverlayAsync("dev", "ingress")).All<V1Ingress>());
        Assert.Equal("off", ingress.GetAnnotation("nginx.ingress.kubernetes.io/proxy-next-upstream"));
    }

    [KubectlFact]
    public void Production_Secrets_AreOnlyNamed() => Assert.Empty(overlays["production"].All<V1Secret>());

    [KubectlFact]
    public void Production_Scraping_FindsEveryServiceUnderTheLabelsOfTheRules()
    {
        var monitor = Assert.Single(overlays["production"].All<ServiceMonitor>());
        var endpoint = Assert.Single(monitor.Spec.Endpoints);
        var named = Assert.Single(monitor.Spec.Selector!.MatchExpressions).Values;
        foreach (var name in named)
            Assert.Contains(endpoint.Port, overlays["production"].All<V1Service>().Single(service => service.Metadata.Labels["app.kubernetes.io/name"] == name).Spec.Ports.Select(port => port.Name));
        Assert.Equal(AppModel.Load().Projects.Select(project => project.Name).Order(), named.Order());
        // As kube-prometheus-stack selects them unless it is told otherwise; the namespace comes from the operator.
        Assert.Equal("kube-prometheus-stack", monitor.Metadata.Labels["release"]);
        Assert.Equal("kube-prometheus-stack", Assert.Single(overlays["production"].All<PrometheusRule>()).Metadata.Labels["release"]);
        Assert.DoesNotContain("namespace", endpoint.Relabelings.Select(relabeling => relabeling.TargetLabel));
        Assert.Equal("hotshelf", endpoint.Relabelings.Single(relabeling => relabeling.TargetLabel == "job").Replacement);
    }

    private static int Wave(IKubernetesObject<V1ObjectMeta> one) => int.Parse(one.GetAnnotation("argocd.argoproj.io/sync-wave") ?? "0", CultureInfo.InvariantCulture);

    private static void Matches(V1LabelSelector selector, V1PodTemplateSpec pod) =>
        Assert.All(selector.MatchLabels, label => Assert.Equal(label.Value, pod.Metadata.Labels[label.Key]));

    [GeneratedRegex("^    patches:\n(?:    .*\n)+", RegexOptions.Multiline)]
    private static partial Regex PatchInReadme();
}
