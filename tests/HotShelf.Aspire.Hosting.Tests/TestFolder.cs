namespace HotShelf.Aspire.Hosting.Tests;

/// <summary>A folder of one test. Other users may pass through it: as root PostgreSQL runs as another user.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder() => Path = Directory.CreateDirectory(System.IO.Path.Combine("/tmp", $"run-as-executable-{Guid.NewGuid():N}")).FullName;

    public string Path { get; }

    public string this[params string[] names] => System.IO.Path.Combine([Path, .. names]);

    /// <summary>True when only its owner can read or write a file.</summary>
    public static bool IsPrivate(string file) => OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
