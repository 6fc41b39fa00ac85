using System.Security.Cryptography;
using System.Text;

namespace HotShelf.Catalog.Postgres;

/// <summary>One step of the schema: a file of <c>Schema/</c>, built into this assembly.</summary>
internal sealed record SchemaScript(string Name, string Sql)
{
    /// <summary>SHA-256 of the text in hexadecimal, blind to how a checkout ends its lines.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>All steps, in the order of their names.</summary>
    public static IReadOnlyList<SchemaScript> All { get; } = ReadAll();

    private static List<SchemaScript> ReadAll()
    {
        const string Folder = ".Schema.";
        var assembly = typeof(SchemaScript).Assembly;
        var scripts = new List<SchemaScript>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            scripts.Add(new SchemaScript(resource[(resource.LastIndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..], reader.ReadToEnd()));
        }

        return scripts;
    }
}
