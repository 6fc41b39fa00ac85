using k8s.Models;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>What every pod keeps to, and that all it names is there.</summary>
[Collection(OverlaysCollection.Name)]
public class PodTests(Overlays overlays)
{
    // Made at installation as deploy/README.md says; in the overlay dev by a generator.
    private static readonly string[] s_secretsToMake = ["cache", "productdb", "productdb-migrate", "api-keys", "cacheconsole", "inside-ca", "productapi-inside-tls"];

    public static TheoryData<string> Names => Overlays.Names;

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Pods_All_KeepToTheRestrictedProfile(string overlay)
    {
        // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, and no token of the API.
        Assert.All(overlays[overlay].Pods(), pod =>
        {
            var spec = pod.Pod.Spec;
            Assert.True(spec.SecurityContext.RunAsNonRoot);
            Assert.True(spec.SecurityContext.RunAsUser > 0);
            Assert.Equal("RuntimeDefault", spec.SecurityContext.SeccompProfile.Type);
            Assert.False(spec.AutomountServiceAccountToken);
            Assert.False(spec.EnableServiceLinks);
            Assert.All(spec.Volumes, volume => Assert.True(
                volume.Projected is not null || volume.EmptyDir is not null || volume.ConfigMap is not null || volume.Secret is not null, volume.Name));
            Assert.All(Containers(spec), container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Null(container.SecurityContext.Capabilities.Add);
            });
        });
        var profile = Assert.Single(overlays[overlay].All<V1Namespace>()).Metadata.Labels["pod-security.kubernetes.io/enforce"];
        Assert.Equal("restricted", profile);
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Containers_All_HaveBoundsAndAPinnedImage(string overlay) => Assert.All(overlays[overlay].Pods().SelectMany(pod => Containers(pod.Pod.Spec)), container =>
    {
        Assert.Contains("cpu", container.Resources.Requests.Keys);
        Assert.Contains("memory", container.Resources.Requests.Keys);
        Assert.Contains("memory", container.Resources.Limits.Keys);
        Assert.Matches(@":v?\d+\.\d+(\.\d+)?$", container.Image);
    });

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void LongRunning_All_HaveEveryProbeOnAPortThatTheyOpen(string overlay) => Assert.All(overlays[overlay].Pods().Where(pod => pod.Pod.Spec.RestartPolicy != "Never"), pod =>
        Assert.All(Containers(pod.Pod.Spec), container =>
        {
            var ports = container.Ports.Select(port => port.Name).ToList();
            foreach (var probe in (V1Probe[])[container.StartupProbe, container.ReadinessProbe, container.LivenessProbe])
            {
                Assert.NotNull(probe);
                if (probe.HttpGet is { } http)
                    Assert.Contains(http.Port.Value, ports);
                if (probe.TcpSocket is { } socket)
                    Assert.Contains(socket.Port.Value, ports);
            }

            // Another path for each: an unready process must not be restarted.
            if (container.ReadinessProbe.HttpGet is { } ready)
                Assert.Equal(("/ready", "/alive", "/alive"), (ready.Path, container.LivenessProbe.HttpGet.Path, container.StartupProbe.HttpGet.Path));
        }));

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void Services_Stopping_AreGivenTheTimeTheyTake(string overlay)
    {
        // The drain's default outside development (DrainService) and the host's own limit for requests in hand.
        const int Drain = 3;
        const int Host = 30;
        var ours = overlays[overlay].Pods().Where(pod => Containers(pod.Pod.Spec).Any(container => container.Lifecycle is not null)).ToList();
        Assert.Equal(["cacheconsole", "cacheworker", "productapi"], ours.Select(pod => pod.Name).Order());
        Assert.All(ours, pod =>
        {
            var sleep = Containers(pod.Pod.Spec).Max(container => container.Lifecycle.PreStop.Sleep.Seconds);
            Assert.True(sleep >= 3, "addresses take a while to leave every load balancer");
            Assert.True(pod.Pod.Spec.TerminationGracePeriodSeconds > sleep + Drain + Host);
        });
    }

    [KubectlTheory]
    [MemberData(nameof(Names))]
    public void References_All_AreThere(string overlay)
    {
        var rendering = overlays[overlay];
        var secrets = rendering.All<V1Secret>().Select(one => one.Metadata.Name).ToList();
        var configurations = rendering.All<V1ConfigMap>().Select(one => one.Metadata.Name).ToList();
        var accounts = rendering.All<V1ServiceAccount>().Where(account => account.AutomountServiceAccountToken == false).Select(one => one.Metadata.Name).ToList();
        Assert.All(rendering.Pods(), pod =>
        {
            Assert.Contains(pod.Pod.Spec.ServiceAccountName, accounts);
            Assert.All(SecretsOf(pod.Pod.Spec), secret => Assert.True(secrets.Count > 0 ? secrets.Contains(secret) : s_secretsToMake.Contains(secret), $"{pod.Name}: no secret {secret}"));
            Assert.All(pod.Pod.Spec.Volumes.Where(volume => volume.ConfigMap is not null), volume => Assert.Contains(volume.ConfigMap.Name, configurations));
            Assert.All(Containers(pod.Pod.Spec).SelectMany(container => container.EnvFrom ?? []), source => Assert.Contains(source.ConfigMapRef.Name, configurations));
            Assert.All(Containers(pod.Pod.Spec), container =>
                Assert.Equal(
                    pod.Pod.Spec.Volumes.Select(volume => volume.Name)
                        .Concat(rendering.All<V1StatefulSet>().SingleOrDefault(one => one.Metadata.Name == pod.Name)?.Spec.VolumeClaimTemplates?.Select(claim => claim.Metadata.Name) ?? []).Order(),
                    container.VolumeMounts.Select(mount => mount.Name).Order()));
        });
        Assert.All(configurations.Except(["hotshelf-dashboards"]), name => Assert.Contains(name, rendering.Pods().SelectMany(pod =>
            Containers(pod.Pod.Spec).SelectMany(container => container.EnvFrom ?? []).Select(source => source.ConfigMapRef.Name)
                .Concat(pod.Pod.Spec.Volumes.Where(volume => volume.ConfigMap is not null).Select(volume => volume.ConfigMap.Name)))));
    }

    [KubectlFact]
    public async Task Component_ForTls_LeavesNoServerWithoutItAndTellsServicesWhomToTrust()
    {
        var pods = (await Rendering.OfOverlayAsync("dev", "tls")).Pods().ToDictionary(pod => pod.Name, pod => pod.Pod.Spec);
        foreach (var redis in (string[])["cache", "sessions"])
        {
            Assert.Contains("--port 0 --tls-port 6379", string.Join(' ', pods[redis].Containers.Single().Command), StringComparison.Ordinal);
            Assert.Contains("--tls", pods[redis].Containers.Single().ReadinessProbe.Exec.Command);
        }

        Assert.Contains("-c ssl=on -c ssl_cert_file=/run/secrets/tls/tls.crt", string.Join(' ', pods["postgres"].Containers.Single().Args), StringComparison.Ordinal);
        // Postgres takes no key that others may read.
        Assert.All((string[])["cache", "sessions", "postgres"], server => Assert.Equal(0b100_100_000, pods[server].Volumes.Single(volume => volume.Name == "tls").Secret.DefaultMode));
        Assert.All((string[])["productapi", "cacheworker", "cacheconsole", "migrate"], service =>
        {
            var trusted = pods[service].Containers.Single().Env.Single(variable => variable.Name == "SSL_CERT_FILE").Value;
            Assert.Equal("/run/secrets/hotshelf/ca.crt", trusted);
            Assert.Contains(pods[service].Volumes.Single(volume => volume.Projected is not null).Projected.Sources, source => source.Secret.Name == "inside-ca" && source.Secret.Items.Single().Path == "ca.crt");
        });
    }

    [Fact]
    public void SecretsToMake_All_AreInTheReadme() =>
        Assert.All(s_secretsToMake, secret => Assert.Contains($"| `{secret}` |", Repository.Read("deploy/README.md"), StringComparison.Ordinal));

    private static IEnumerable<V1Container> Containers(V1PodSpec spec) => [.. spec.InitContainers ?? [], .. spec.Containers];

    private static IEnumerable<string> SecretsOf(V1PodSpec spec) =>
    [
        .. spec.Volumes.Where(volume => volume.Secret is not null).Select(volume => volume.Secret.SecretName),
        .. spec.Volumes.SelectMany(volume => volume.Projected?.Sources ?? []).Where(source => source.Secret is { Optional: not true }).Select(source => source.Secret.Name),
    ];
}
