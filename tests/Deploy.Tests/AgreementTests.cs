using System.Text.RegularExpressions;
using HotShelf.Deploy.Tests.Compose;
using HotShelf.Deploy.Tests.Kubernetes;
using k8s.Models;

namespace HotShelf.Deploy.Tests;

/// <summary>
/// What is deployed is what AppHost.cs composes: a resource, a port, a variable or a reference that one of AppHost, Compose and Kubernetes has and another
/// lacks fails here.
/// </summary>
[Collection(OverlaysCollection.Name)]
public partial class AgreementTests(Overlays overlays)
{
    private static readonly AppModel s_model = AppModel.Load();
    private static readonly ComposeFile s_compose = ComposeFile.Load("deploy/compose/compose.yaml");

    // What a deployment has besides, and the AppHost need not: the way in, the schema as a step of its own, what watches, and sessions that nothing evicts.
    private static readonly string[] s_besidesInCompose = ["gateway", "grafana", "migrate", "prometheus", "sessions"];
    private static readonly string[] s_besidesInKubernetes = ["migrate", "sessions"];

    // The port is the image's own, HTTPS ends at the way in, and how often telemetry is sent again is the collector's affair.
    private static readonly string[] s_notInProduction = ["HTTP_PORTS", "services__productapi__https__0", "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"];

    // Aspire gives every consumer each part of a connection by itself, for programs that are not written in .NET; ours read the whole.
    private static readonly Regex s_parts = Parts();

    public static TheoryData<string> Projects { get; } = [.. s_model.Projects.Select(project => project.Name)];

    [KubectlFact]
    public void Resources_All_AreInComposeAndInKubernetes()
    {
        var names = s_model.Resources.Select(resource => resource.Name).ToList();
        Assert.Equal(names.Concat(s_besidesInCompose).Order(), s_compose.Services.Keys.Order());
        Assert.Equal(names.Concat(s_besidesInKubernetes).Order(), overlays["dev"].Pods().Select(pod => pod.Name).Order());
        // In production both servers are elsewhere.
        Assert.Equal(names.Concat(s_besidesInKubernetes).Except(["cache", "postgres", "sessions"]).Order(), overlays["production"].Pods().Select(pod => pod.Name).Order());
    }

    [KubectlFact]
    public void Images_OfContainers_AreTheAppHosts() => Assert.All(s_model.Containers, resource =>
    {
        Assert.Equal(resource.Image, s_compose.Services[resource.Name].Image);
        Assert.Equal(resource.Image, Pod(resource.Name).Spec.Containers.Single().Image);
    });

    [KubectlFact]
    public void Images_OfProjects_AreWhatTheProjectsPublish()
    {
        var version = Version().Match(Repository.Read("Directory.Build.props")).Groups[1].Value;
        Assert.All(s_model.Projects, resource =>
        {
            var image = $"hotshelf/{resource.Project!.ToLowerInvariant()}";
            Assert.Matches($@"^\$\{{HOTSHELF_REGISTRY:\?[^}}]+\}}/{image}:\$\{{HOTSHELF_VERSION:-{Regex.Escape(version)}\}}$", s_compose.Services[resource.Name].Image);
            // Loaded into the cluster, and never pulled from where such a name leads to.
            var container = Pod(resource.Name).Spec.Containers.Single();
            Assert.Equal(($"{image}:{version}", "Never"), (container.Image, container.ImagePullPolicy));
            Assert.Equal($"registry.invalid/{image}:{version}", overlays["production"].Pods().Single(pod => pod.Name == resource.Name).Pod.Spec.Containers.Single().Image);
        });
        Assert.Equal(s_compose.Services["cacheworker"].Image, s_compose.Services["migrate"].Image);
    }

    [KubectlFact]
    public void Ports_OfContainers_AreTheAppHosts() => Assert.All(s_model.Containers, resource =>
    {
        var ports = resource.Bindings.Select(binding => binding.TargetPort!.Value).ToList();
        Assert.Equal(ports, Pod(resource.Name).Spec.Containers.Single().Ports.Select(port => port.ContainerPort));
        Assert.Equal(ports, overlays["dev"].All<V1Service>().Single(service => service.Metadata.Name == resource.Name).Spec.Ports.Select(port => port.Port));
    });

    [KubectlFact]
    public void Ports_OfProjects_AreOneForEachBinding() => Assert.All(s_model.Projects, resource =>
        // HTTPS ends at the way in.
        Assert.Equal(resource.Bindings.Select(binding => binding.Name).Except(["https"]).Order(), Pod(resource.Name).Spec.Containers.Single().Ports.Select(port => port.Name).Order()));

    [Fact]
    public void External_Resources_AreBehindTheGateway()
    {
        var gateway = Repository.Read("deploy/compose/haproxy.cfg");
        Assert.All(s_model.Projects, resource => Assert.Equal(
            resource.Bindings.Any(binding => binding.IsExternal), gateway.Contains($"backend {resource.Name}\n", StringComparison.Ordinal) && gateway.Contains($" {resource.Name}:8080 ", StringComparison.Ordinal)));
        // No other service publishes a port, except the dashboards.
        Assert.Equal(["gateway", "grafana"], s_compose.Services.Where(service => service.Value.Ports.Count > 0).Select(service => service.Key).Order());
    }

    [KubectlFact]
    public void Replicas_All_AreTheAppHosts() => Assert.All(s_model.Projects, resource =>
    {
        Assert.Equal(resource.Replicas, s_compose.Services[resource.Name].Deploy!.Replicas);
        var scaler = overlays["dev"].All<V2HorizontalPodAutoscaler>().SingleOrDefault(scaler => scaler.Spec.ScaleTargetRef.Name == resource.Name);
        Assert.Equal(resource.Replicas, scaler?.Spec.MinReplicas ?? overlays["dev"].All<V1Deployment>().Single(one => one.Metadata.Name == resource.Name).Spec.Replicas);
    });

    [KubectlTheory]
    [MemberData(nameof(Projects))]
    public void Variables_OfAProject_AreGivenInComposeAndInKubernetes(string project)
    {
        var wanted = s_model.Projects.Single(one => one.Name == project).Environment.Keys.Where(name => !s_parts.IsMatch(name) && !s_notInProduction.Contains(name)).ToHashSet();
        var inCompose = GivenInCompose(project);
        var inKubernetes = GivenInKubernetes(project);
        Assert.Empty(wanted.Except(inCompose));
        Assert.Empty(wanted.Except(inKubernetes));
        Assert.Equal(inCompose.Order(), inKubernetes.Order());
    }

    // Else all callers behind the way in would have one address, and share its rate limit.
    [KubectlFact]
    public void KnownProxies_OfTheApi_AreThePrivateNetworksEverywhere()
    {
        var published = Known(s_model.Projects.Single(one => one.Name == "productapi").Environment);
        Assert.Equal(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fd00::/8"], published);
        Assert.Equal(published, Known(s_compose.Services["productapi"].Variables()));
        Assert.Equal(published, Known(Pod("productapi").Spec.Containers.Single().Env.ToDictionary(variable => variable.Name, variable => variable.Value)));

        static IEnumerable<string> Known(IReadOnlyDictionary<string, string> variables) =>
            variables.Where(variable => variable.Key.StartsWith("Api__KnownProxies__", StringComparison.Ordinal)).OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => variable.Value);
    }

    [KubectlTheory]
    [MemberData(nameof(Projects))]
    public void Variables_GivenToAProject_AreSettingsThatExist(string project)
    {
        Assert.All(GivenInCompose(project).Concat(GivenInKubernetes(project)), name => Assert.True(Settings.IsKnown(name), $"nothing reads {name}"));
        // The parts of connections that are left out are not read.
        var parts = s_model.Projects.SelectMany(one => one.Environment.Keys).Where(name => s_parts.IsMatch(name)).Distinct().ToList();
        Assert.NotEmpty(parts);
        Assert.All(s_model.Projects.SelectMany(one => Repository.Below(one.Project!)).Where(file => file.EndsWith(".cs", StringComparison.Ordinal)), file =>
            Assert.All(parts, part => Assert.DoesNotContain($"\"{part}\"", Repository.Read(file), StringComparison.Ordinal)));
    }

    [KubectlTheory]
    [MemberData(nameof(Projects))]
    public void References_OfAProject_AreItsConnectionsAndItsOrder(string project)
    {
        var resource = s_model.Projects.Single(one => one.Name == project);
        foreach (var (connection, server) in (IEnumerable<(string, string)>)[("cache", "cache"), ("productdb", "postgres")])
        {
            var refers = resource.Environment.ContainsKey($"ConnectionStrings__{connection}");
            Assert.Equal(refers, GivenInCompose(project).Contains($"ConnectionStrings__{connection}"));
            Assert.Equal(refers, GivenInKubernetes(project).Contains($"ConnectionStrings__{connection}"));
            // A database is waited for by the step that brings it up to date.
            var before = s_compose.Services[project].DependsOn;
            Assert.Equal(refers, before.ContainsKey(server == "postgres" ? "migrate" : server));
        }
    }

    [Fact]
    public void Redis_Settings_AreTheAppHosts()
    {
        var arguments = s_model.Containers.Single(resource => resource.Name == "cache").Arguments;
        var settings = Repository.Read("deploy/kubernetes/components/redis/redis.conf");
        foreach (Match setting in RedisSetting().Matches(arguments))
            Assert.Contains($"\n{setting.Groups[1].Value} {setting.Groups[2].Value}\n", settings, StringComparison.Ordinal);
    }

    [KubectlFact]
    public void Postgres_Settings_AreTheAppHosts()
    {
        var postgres = s_model.Containers.Single(resource => resource.Name == "postgres");
        Assert.Equal(postgres.Arguments, string.Join(' ', s_compose.Services["postgres"].Command.Skip(1)));
        Assert.Equal(postgres.Arguments, string.Join(' ', Pod("postgres").Spec.Containers.Single().Args.Skip(1)));
        var wanted = postgres.Environment.ToDictionary();
        // By a file: what stands in the environment shows in every description of the container.
        Assert.True(wanted.Remove("POSTGRES_PASSWORD"));
        // All three create the database.
        Assert.Equal(s_compose.Services["postgres"].Environment["POSTGRES_DB"], wanted.GetValueOrDefault("POSTGRES_DB"));
        Assert.Equal(s_compose.Services["postgres"].Environment["POSTGRES_DB"], Pod("postgres").Spec.Containers.Single().Env.Single(variable => variable.Name == "POSTGRES_DB").Value);
        Assert.All(wanted, variable => Assert.Equal(variable.Value, s_compose.Services["postgres"].Environment[variable.Key]));
        Assert.Contains("POSTGRES_PASSWORD_FILE", s_compose.Services["postgres"].Environment.Keys);
    }

    private V1PodTemplateSpec Pod(string name) => overlays["dev"].Pods().Single(pod => pod.Name == name).Pod;

    private static HashSet<string> GivenInCompose(string service) =>
        [.. s_compose.Services[service].Variables().Keys.Concat(s_compose.Services[service].Secrets)];

    private HashSet<string> GivenInKubernetes(string name)
    {
        var pod = Pod(name);
        var container = pod.Spec.Containers.Single();
        var rendering = overlays["dev"];
        return
        [
            .. container.Env.Select(variable => variable.Name),
            .. (container.EnvFrom ?? []).SelectMany(source => rendering.All<V1ConfigMap>().Single(one => one.Metadata.Name == source.ConfigMapRef.Name).Data.Keys),
            .. pod.Spec.Volumes.SelectMany(volume => volume.Projected?.Sources ?? []).SelectMany(source => rendering.All<V1Secret>().Single(one => one.Metadata.Name == source.Secret.Name).Data.Keys),
        ];
    }

    [GeneratedRegex("^(CACHE|PRODUCTDB|PRODUCTAPI|CACHEWORKER)_")]
    private static partial Regex Parts();

    [GeneratedRegex("<VersionPrefix>(.*)</VersionPrefix>")]
    private static partial Regex Version();

    [GeneratedRegex(@"--(maxmemory[a-z-]*) (\S+)")]
    private static partial Regex RedisSetting();
}
