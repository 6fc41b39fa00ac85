using System.Diagnostics;
using HotShelf.TestServers;
using k8s;
using k8s.Models;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>A fact that needs kubectl; without it it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute() => Skip = Rendering.Missing;
}

/// <summary>As <see cref="KubectlFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute() => Skip = Rendering.Missing;
}

/// <summary>What <c>kubectl kustomize</c> makes of a folder, read strictly into the types of the Kubernetes API: an unknown field is an error.</summary>
internal sealed class Rendering
{
    private Rendering(IReadOnlyList<IKubernetesObject<V1ObjectMeta>> objects) => Objects = objects;

    public static string? Missing => Programs.IsCI || Find() is not null ? null : "kubectl is not installed: it renders the files of deploy/kubernetes";

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    /// <summary>Every pod that will run, by the name of what makes it.</summary>
    public IEnumerable<(string Name, V1PodTemplateSpec Pod)> Pods() =>
    [
        .. All<V1Deployment>().Select(one => (one.Name(), one.Spec.Template)),
        .. All<V1StatefulSet>().Select(one => (one.Name(), one.Spec.Template)),
        .. All<V1Job>().Select(one => (one.Name(), one.Spec.Template)),
    ];

    /// <summary>The objects of an overlay, with secrets of the kind that an installation makes for it.</summary>
    /// <param name="overlay">Its folder's name.</param>
    /// <param name="components">Those that the overlay does not choose by itself, after its own.</param>
    public static async Task<Rendering> OfOverlayAsync(string overlay, params string[] components)
    {
        // A copy, because the secrets lie beside the files of the overlay and a checkout may hold real ones.
        var copy = Directory.CreateTempSubdirectory("hotshelf-deploy-");
        try
        {
            foreach (var file in Repository.Below("deploy"))
            {
                var target = Path.Combine(copy.FullName, file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(Repository.PathOf(file), target);
            }

            var folder = Path.Combine(copy.FullName, "deploy/kubernetes/overlays", overlay);
            var kustomization = Path.Combine(folder, "kustomization.yaml");
            var chosen = await File.ReadAllTextAsync(kustomization);
            var end = chosen.IndexOf('\n', chosen.LastIndexOf("  - ../../components/", StringComparison.Ordinal)) + 1;
            await File.WriteAllTextAsync(kustomization, chosen.Insert(end, string.Concat(components.Select(component => $"  - ../../components/{component}\n"))));

            await RunAsync("sh", Repository.PathOf("deploy/secrets.sh"), Path.Combine(folder, "secrets"));
            return await OfFolderAsync(folder);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    public static async Task<Rendering> OfFolderAsync(string folder) =>
        Parse(await RunAsync(Find() ?? throw new InvalidOperationException("kubectl is not installed, and CI=true does not allow to skip"), "kustomize", folder));

    public static Rendering Parse(string yaml) =>
        new([.. KubernetesYaml.LoadAllFromString(yaml, CustomResources.Types, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()]);

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "kubectl")).FirstOrDefault(File.Exists);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await errors}");
    }
}
