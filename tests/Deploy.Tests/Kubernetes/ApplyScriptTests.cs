using System.Diagnostics;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>deploy/kubernetes/apply.sh, with a kubectl that only renders and otherwise writes down what it was asked for.</summary>
public sealed class ApplyScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hotshelf-apply-");

    [KubectlFact]
    public async Task Apply_NoRegistryNamed_RefusesAndTouchesNoCluster()
    {
        var (code, said, asked) = await RunAsync(Repository.PathOf("deploy/kubernetes/overlays/production"));
        Assert.Equal(1, code);
        Assert.Contains("names no registry for its images", said, StringComparison.Ordinal);
        Assert.Empty(asked);
    }

    [KubectlFact]
    public async Task Apply_RegistryNamed_ReplacesTheJobAndWaitsForAll()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "kustomization.yaml"), """
            resources: [all.yaml]
            namespace: shop
            images:
              - { name: registry.invalid/hotshelf/cacheworker, newName: registry.example.com/hotshelf/cacheworker, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
            """);
        File.Copy(Repository.PathOf("deploy/kubernetes/base/migrate.yaml"), Path.Combine(_folder.FullName, "all.yaml"));
        var (code, said, asked) = await RunAsync(_folder.FullName);
        Assert.True(code == 0, said);
        Assert.Equal(
        [
            "--context blue --namespace shop delete job migrate --ignore-not-found",
            "--context blue apply --filename FILE",
            "--context blue --namespace shop wait --for=condition=complete --timeout=600s job/migrate",
            "--context blue --namespace shop rollout status --timeout=600s deployment/cacheworker",
            "--context blue --namespace shop rollout status --timeout=600s deployment/productapi",
            "--context blue --namespace shop rollout status --timeout=600s deployment/cacheconsole",
        ], asked);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<(int Code, string Said, string[] Asked)> RunAsync(string overlay)
    {
        var log = Path.Combine(_folder.FullName, "asked");
        var fake = Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin"));
        await File.WriteAllTextAsync(Path.Combine(fake.FullName, "kubectl"), $"""
            #!/bin/sh
            case "$1" in
              kustomize) PATH=$(echo "$PATH" | cut -d: -f2-) exec kubectl "$@" ;;
              *) echo "$*" | sed 's/--filename .*/--filename FILE/' >>'{log}' ;;
            esac
            """);
        using (var chmod = Process.Start("chmod", ["+x", Path.Combine(fake.FullName, "kubectl")]))
            await chmod.WaitForExitAsync();
        using var script = Process.Start(new ProcessStartInfo("sh", [Repository.PathOf("deploy/kubernetes/apply.sh"), overlay, "--context", "blue"])
        {
            RedirectStandardError = true,
            Environment = { ["PATH"] = $"{fake.FullName}:{Environment.GetEnvironmentVariable("PATH")}" },
        })!;
        var said = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, said, File.Exists(log) ? await File.ReadAllLinesAsync(log) : []);
    }
}
