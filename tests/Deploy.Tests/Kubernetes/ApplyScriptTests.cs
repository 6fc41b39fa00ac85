using System.Diagnostics;

namespace HotShelf.Deploy.Tests.Kubernetes;

/// <summary>deploy/kubernetes/apply.sh, with a kubectl that only renders and otherwise writes down what it was asked for.</summary>
public sealed class ApplyScriptTests : IDisposable
{
    private const string AskForTheEnd = """--context blue --namespace shop get job migrate --output jsonpath={range .status.conditions[?(@.status=="True")]}{.type}:{.reason} {end}""";

    private const string Completed = "printf %s 'Complete:CompletionsReached '";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hotshelf-apply-");

    private string Temporary => Path.Combine(_folder.FullName, "tmp");

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
        var (code, said, asked) = await RunAsync(await OverlayAsync(), "", Completed);
        Assert.True(code == 0, said);
        Assert.Equal(
        [
            "--context blue --namespace shop delete job migrate --ignore-not-found",
            "--context blue apply --filename FILE",
            AskForTheEnd,
            AskForTheEnd,
            "--context blue --namespace shop rollout status --timeout=600s deployment/cacheworker",
            "--context blue --namespace shop rollout status --timeout=600s deployment/productapi",
            "--context blue --namespace shop rollout status --timeout=600s deployment/cacheconsole",
        ], asked);
    }

    [KubectlFact]
    public async Task Apply_TheMigrationFails_SaysWhyAndEnds()
    {
        var (code, said, asked) = await RunAsync(await OverlayAsync(), "", "printf %s 'FailureTarget:BackoffLimitExceeded Failed:BackoffLimitExceeded '");
        Assert.Equal(1, code);
        Assert.Contains("Failed:BackoffLimitExceeded", said, StringComparison.Ordinal);
        Assert.Contains("permission denied for schema public", said, StringComparison.Ordinal);
        Assert.Equal([AskForTheEnd, AskForTheEnd, "--context blue --namespace shop logs job/migrate --tail=20"], asked[2..]);
    }

    [KubectlFact]
    public async Task Apply_TheMigrationDoesNotEnd_SaysWhatItSaysBeforeItsPodIsDeleted()
    {
        var (code, said, asked) = await RunAsync(await OverlayAsync(), "");
        Assert.Equal(1, code);
        Assert.Contains("it still runs", said, StringComparison.Ordinal);
        Assert.Contains("permission denied for schema public", said, StringComparison.Ordinal);
        // A question takes a minute on this clock, and the job has ten.
        Assert.Equal(10, asked.Count(line => line == AskForTheEnd));
    }

    [KubectlFact]
    public async Task Apply_OneQuestionFails_GoesOn()
    {
        var (code, said, asked) = await RunAsync(await OverlayAsync(), "echo 'connection refused' >&2; exit 1", Completed);
        Assert.True(code == 0, said);
        Assert.Equal(2, asked.Count(line => line == AskForTheEnd));
    }

    [KubectlFact]
    public async Task Apply_Interrupted_LeavesNothingBehind()
    {
        // What is rendered holds secrets. By SIGTERM: a shell in the background may not heed SIGINT.
        var (code, said, asked) = await RunAsync(await OverlayAsync(), "", "kill -TERM $PPID");
        Assert.True(code != 0, said);
        Assert.Equal([AskForTheEnd, AskForTheEnd], asked[2..]);
        Assert.Empty(Directory.EnumerateFiles(Temporary));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> OverlayAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "kustomization.yaml"), """
            resources: [all.yaml]
            namespace: shop
            images:
              - { name: registry.invalid/hotshelf/cacheworker, newName: registry.example.com/hotshelf/cacheworker, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
            """);
        File.Copy(Repository.PathOf("deploy/kubernetes/base/migrate.yaml"), Path.Combine(_folder.FullName, "all.yaml"));
        return _folder.FullName;
    }

    /// <param name="overlay">Its folder.</param>
    /// <param name="answers">What is run for each question for the job's end, the last one for all that follow; nothing is said of a job that runs.</param>
    private async Task<(int Code, string Said, string[] Asked)> RunAsync(string overlay, params string[] answers)
    {
        var log = Path.Combine(_folder.FullName, "asked");
        var fakes = Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin"));
        await FakeAsync("kubectl", $"""
            case "$1" in
              kustomize) PATH=$(echo "$PATH" | cut -d: -f2-) exec kubectl "$@" ;;
            esac
            echo "$*" | sed 's/--filename .*/--filename FILE/' >>'{log}'
            case "$*" in
              *" get job "*)
                case $(grep -c ' get job ' '{log}') in
                  {string.Join("\n      ", answers.Select((answer, i) => $"{(i == answers.Length - 1 ? "*" : i + 1)}) {answer} ;;"))}
                esac ;;
              *" logs "*) echo 'permission denied for schema public' ;;
            esac
            """);
        await FakeAsync("sleep", "");
        await FakeAsync("date", $"grep -c ' get job ' '{log}' | awk '{{ print $1 * 60 }}'");
        using var script = Process.Start(new ProcessStartInfo("sh", [Repository.PathOf("deploy/kubernetes/apply.sh"), overlay, "--context", "blue"])
        {
            RedirectStandardError = true,
            Environment = { ["PATH"] = $"{fakes.FullName}:{Environment.GetEnvironmentVariable("PATH")}", ["TMPDIR"] = Directory.CreateDirectory(Temporary).FullName },
        })!;
        var said = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, said, File.Exists(log) ? await File.ReadAllLinesAsync(log) : []);

        async Task FakeAsync(string name, string text)
        {
            var file = Path.Combine(fakes.FullName, name);
            await File.WriteAllTextAsync(file, $"#!/bin/sh\n{text}\n");
            using var chmod = Process.Start("chmod", ["+x", file]);
            await chmod.WaitForExitAsync();
        }
    }
}
