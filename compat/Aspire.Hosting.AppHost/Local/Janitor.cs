namespace Aspire.Hosting.Local;

/// <summary>Removes the files of a run when this process was killed before it could: a shell that waits for our end.</summary>
internal sealed class Janitor : IDisposable
{
    private const string Script = """
        while read -r word; do [ "$word" = done ] && exit 0; done
        i=0
        while [ $i -lt 100 ]; do
          for directory in "$@"; do rm -rf "$directory" 2>/dev/null; done
          sleep 0.1
          left=0
          for directory in "$@"; do [ -e "$directory" ] && left=1; done
          [ $left = 0 ] && [ $i -gt 20 ] && exit 0
          i=$((i+1))
        done
        """;

    private readonly System.Diagnostics.Process _shell;

    private Janitor(System.Diagnostics.Process shell) => _shell = shell;

    public static Janitor Start(AppHostSpace space)
    {
        string[] directories = space.IsTemporary ? [space.RunDirectory, space.Root] : [space.RunDirectory];
        return new Janitor(Leash.StartShell(Script, directories));
    }

    public void Dispose()
    {
        try
        {
            _shell.StandardInput.WriteLine("done");
            _shell.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already; the files are too.
        }

        _shell.Dispose();
    }
}
