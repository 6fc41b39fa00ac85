namespace HotShelf.AppHostTests;

/// <summary>A folder for the volumes of one AppHost under test, and what tells the AppHost to use it, no container engine and no secrets of the user.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("apphost-tests-").FullName;

    // The user postgres must reach its data.
    public DataFolder() => File.SetUnixFileMode(_path,
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    public string[] Arguments => ["--Aspire:RunAsExecutable:Mode=Always", $"--Aspire:RunAsExecutable:VolumesDirectory={_path}", "--Parameters:cache-password=cacheSecret", "--Parameters:postgres-password=postgresSecret"];

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
