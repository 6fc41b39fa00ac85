using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Local;

/// <summary>Finds out which process listens on a port, for the message about a port that is taken.</summary>
internal static class PortOwner
{
    /// <summary>A sentence for a person: what is taken, by whom, and what to do.</summary>
    public static string Describe(int port, string resource, string endpoint)
    {
        var owner = Find(port);
        var who = owner is { } process
            ? $"process {process.Id} ({process.Command})"
            : "another process (of another user: 'ss -ltnp' as root shows it)";
        var what = owner is { } known ? $"end it ('kill {known.Id}')" : "end it";
        return $"""
            Port {port}, which the endpoint '{endpoint}' of '{resource}' needs, is taken by {who}.
            Is this application running already? Then use that one. Otherwise {what}, or give the endpoint another port (for a project: applicationUrl in Properties/launchSettings.json).
            """;
    }

    private static (int Id, string Command)? Find(int port)
    {
        try
        {
            return Directory.Exists("/proc/self/fd") ? FindInProc(port) : FindByLsof(port);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Who it is only makes the message better.
            return null;
        }
    }

    private static (int Id, string Command)? FindInProc(int port)
    {
        var inodes = new HashSet<string>();
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            if (!File.Exists(table))
                continue;
            // "sl local_address rem_address st ... inode": 0A is LISTEN.
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 9 && fields[3] == "0A" && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal))
                    inodes.Add($"socket:[{fields[9]}]");
            }
        }

        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Holds(directory, inodes))
                return (id, CommandOf(id));
        }

        return null;
    }

    private static bool Holds(string process, HashSet<string> inodes)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Any(fd => new FileInfo(fd).LinkTarget is { } target && inodes.Contains(target));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static string CommandOf(int id)
    {
        try
        {
            var command = File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ').Trim();
            return command.Length > 120 ? command[..120] + "..." : command;
        }
        catch (IOException)
        {
            return "ended just now";
        }
    }

    private static (int Id, string Command)? FindByLsof(int port)
    {
        using var lsof = Process.Start(new ProcessStartInfo("lsof", ["-nP", $"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]) { RedirectStandardOutput = true, RedirectStandardError = true });
        var lines = lsof?.StandardOutput.ReadToEnd().Split('\n') ?? [];
        var id = lines.FirstOrDefault(l => l.StartsWith('p'))?[1..];
        return int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (number, lines.FirstOrDefault(l => l.StartsWith('c'))?[1..] ?? "?") : null;
    }
}
