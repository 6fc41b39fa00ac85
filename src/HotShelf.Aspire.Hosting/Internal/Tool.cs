using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Aspire.Hosting.Executables;

/// <summary>Runs small programs to their end.</summary>
internal static class Tool
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A text as one word of a shell.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", """'\''""", StringComparison.Ordinal)}'";

    /// <summary>Runs a program and returns its exit code, its output and its errors. The code is 127 when it cannot be run.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken, string input = "", string folder = "/", IReadOnlyDictionary<string, string>? variables = null)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        using var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return (127, "", exception.Message);
        }

        using var kill = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading its input. Its exit code and its errors say why.
        }

        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return (process.ExitCode, await output.ConfigureAwait(false), (await errors.ConfigureAwait(false)).Trim());
    }

    /// <summary>Makes a new temporary folder that only its owner can list. Others may pass through: as root a server runs as another user.</summary>
    public static string CreatePassableFolder(string prefix)
    {
        var path = Directory.CreateTempSubdirectory(prefix).FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return path;
    }

    /// <summary>Makes a folder that only its owner can enter, unless it exists. Folders above it are made for everyone.</summary>
    public static void CreatePrivateFolder(string path) => CreateFolder(path, Owner);

    /// <summary>Writes a file that only its owner can read.</summary>
    public static void WritePrivate(string path, string text)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }

    private static void CreateFolder(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(path) is { } above)
            CreateFolder(above, Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(path, mode);
        // The umask may have taken from it.
        File.SetUnixFileMode(path, mode);
    }
}
