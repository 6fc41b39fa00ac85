using System.Text.Json;
using System.Xml.Linq;
using HotShelf.TestServers;

namespace HotShelf.Packages.Tests;

/// <summary>A project as a newcomer makes it: from a template, with the commands and the program of a readme.</summary>
internal sealed class NewProject
{
    private readonly string _folder;
    private readonly string _name;

    private NewProject(string folder, string name) => (_folder, _name) = (folder, name);

    public static async Task<NewProject> CreateAsync(string parent, string template, string name)
    {
        await DotNet.RunAsync(parent, "new", template, "--name", name, "--no-restore");
        return new NewProject(Path.Combine(parent, name), name);
    }

    /// <summary>Runs the readme's commands, takes its program and builds.</summary>
    public async Task FollowAsync(IEnumerable<string[]> commands, string program)
    {
        foreach (var command in commands)
        {
            Assert.Equal("dotnet", command[0]);
            await DotNet.RunAsync(_folder, command[1..]);
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "Program.cs"), program);
        await DotNet.RunAsync(_folder, "build", "-warnaserror");
    }

    /// <summary>Builds a project file of the test's own over some files.</summary>
    public async Task CompileAsync(XDocument project, IReadOnlyList<string> files)
    {
        File.Delete(Path.Combine(_folder, "Program.cs"));
        project.Save(Path.Combine(_folder, $"{_name}.csproj"));
        for (var i = 0; i < files.Count; i++)
            await File.WriteAllTextAsync(Path.Combine(_folder, $"File{i}.cs"), files[i]);
        await DotNet.RunAsync(_folder, "build");
    }

    /// <summary>Publishes a project file of the test's own with one program.</summary>
    /// <returns>The folder of what was published.</returns>
    public async Task<string> PublishAsync(XDocument project, string program)
    {
        project.Save(Path.Combine(_folder, $"{_name}.csproj"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "Program.cs"), program);
        await DotNet.RunAsync(_folder, "publish", "--output", "published");
        return Path.Combine(_folder, "published");
    }

    /// <summary>The shared frameworks that the program needs installed.</summary>
    public IReadOnlyList<string> Frameworks()
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Output("runtimeconfig.json")));
        var options = config.RootElement.GetProperty("runtimeOptions");
        return options.TryGetProperty("framework", out var one)
            ? [one.GetProperty("name").GetString()!]
            : [.. options.GetProperty("frameworks").EnumerateArray().Select(static framework => framework.GetProperty("name").GetString()!)];
    }

    /// <summary>The arguments after <c>dotnet run</c>, to the end of the program.</summary>
    public Task<string> RunAsync(params IEnumerable<string> arguments) => DotNet.RunAsync(_folder, [Output("dll"), .. arguments]);

    /// <summary>As a server, on a free port.</summary>
    public async Task<RunningSite> StartAsync(params IEnumerable<string> arguments)
    {
        var process = await ServerProcess.StartAsync("dotnet", [Output("dll"), "--urls", "http://127.0.0.1:0", .. arguments], workingDirectory: _folder);
        return await RunningSite.WhenListeningAsync(process);
    }

    private string Output(string extension) => Path.Combine(_folder, "bin/Debug/net10.0", $"{_name}.{extension}");
}
