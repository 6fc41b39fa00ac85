using System.Globalization;

namespace Aspire.Hosting.Local;

/// <summary>
/// Tells the commands of the same user where the running AppHost is controlled: a file that only its owner can read (0600), in the form of a settings
/// file of curl, so that the key appears in no list of processes. Its first line is a comment with the address and our process id.
/// </summary>
internal sealed class RunFile : IDisposable
{
    public const string Name = "control";

    private readonly string _path;
    private readonly string _text;

    private RunFile(string path, string text)
    {
        _path = path;
        _text = text;
    }

    public static RunFile Write(AppHostSpace space, ControlAddress address)
    {
        var file = new RunFile(Path.Combine(space.Root, Name),
            string.Create(CultureInfo.InvariantCulture, $"# {address.Url!.GetLeftPart(UriPartial.Authority)} {Environment.ProcessId}\nheader = \"{ControlAddress.KeyHeader}: {address.Key}\"\n"));
        Directory.CreateDirectory(space.Root);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // Beside its place and moved there: a reader never sees half of it.
        using (var writer = new StreamWriter(new FileStream(file._path + ".new", options)))
            writer.Write(file._text);
        File.Move(file._path + ".new", file._path, overwrite: true);
        return file;
    }

    public void Dispose()
    {
        try
        {
            // A second run of the same AppHost, on ports of its own, may have written its address here.
            if (File.Exists(_path) && File.ReadAllText(_path) == _text)
                File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever reads it looks whether our process still lives.
        }
    }
}
