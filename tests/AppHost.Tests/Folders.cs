namespace HotShelf.AppHostTests;

/// <summary>Where things are in this checkout.</summary>
internal static class Folders
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>The built assembly of a project, in the configuration that the tests are built in.</summary>
    public static string OutputOf(string project, string assembly)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(Root, project, "bin", own.Parent!.Name, own.Name, $"{assembly}.dll");
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HotShelf.slnx")))
            folder = folder.Parent ?? throw new InvalidOperationException("HotShelf.slnx is in no folder above the tests");
        return folder.FullName;
    }
}
