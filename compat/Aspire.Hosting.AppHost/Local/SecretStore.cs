using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local;

/// <summary>Generated values that later runs need again: the user-secrets file of the AppHost, readable by its owner only (0600).</summary>
internal sealed class SecretStore(string file)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };
    private readonly Lock _lock = new();

    public string File { get; } = file;

    public void AddTo(IConfigurationBuilder configuration)
    {
        if (!System.IO.File.Exists(File))
            return;
        Protect();
        // Before the environment and the command line, which both win over kept values.
        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Flatten(Read()) });
    }

    /// <summary>The kept value, or a new one that is kept from now on. Other processes of the same AppHost see the same value.</summary>
    public string GetOrAdd(string key, Func<string> create)
    {
        lock (_lock)
        {
            CreateDirectory();
            using var guard = LockFile();
            var values = Read();
            if (Flatten(values).FirstOrDefault(v => string.Equals(v.Key, key, StringComparison.OrdinalIgnoreCase)).Value is { } kept)
                return kept;
            var made = create();
            values[key] = JsonSerializer.SerializeToElement(made);
            Write(values);
            return made;
        }
    }

    private Dictionary<string, JsonElement> Read()
    {
        if (!System.IO.File.Exists(File))
            return [];
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(System.IO.File.ReadAllText(File)) ?? [];
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException($"The secrets file '{File}' is not valid JSON ({exception.Message}). Repair it, or delete it: values that were generated are then made anew.", exception);
        }
    }

    private void Write(Dictionary<string, JsonElement> values)
    {
        var temporary = File + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(temporary, options))
            JsonSerializer.Serialize(stream, values, s_json);
        System.IO.File.Move(temporary, File, overwrite: true);
    }

    // The tool for user secrets writes nested objects too.
    private static Dictionary<string, string?> Flatten(Dictionary<string, JsonElement> values)
    {
        var flat = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in values)
            Add(key, value);
        return flat;

        void Add(string key, JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in value.EnumerateObject())
                    Add($"{key}:{member.Name}", member.Value);
            }
            else
            {
                flat[key] = value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
            }
        }
    }

    private void CreateDirectory()
    {
        var directory = Path.GetDirectoryName(File)!;
        if (Directory.Exists(directory))
            return;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Protect()
    {
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    // Two AppHosts that start together must not both generate: the second waits for the first's file.
    private FileStream LockFile()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(File + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (attempt < 500)
            {
                Task.Delay(10).GetAwaiter().GetResult();
            }
        }
    }
}
