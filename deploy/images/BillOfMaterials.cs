// Writes what a published service is made of as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/) beside it:
//   dotnet run BillOfMaterials.cs -- FOLDER ASSEMBLY VERSION [BUILT]
// Taken from the .deps.json that the runtime itself goes by, so it names what is loaded, not what a project file asks for. A service that was compiled ahead of
// time has none; that of its build, in BUILT, says what was compiled. Two runs give the same bytes.
#:property PublishAot=false
using System.Text.Json.Nodes;

if (args is not [var folder, var assembly, var version, .. { Length: <= 1 } rest])
{
    Console.Error.WriteLine("usage: BillOfMaterials.cs FOLDER ASSEMBLY VERSION [BUILT]");
    return 2;
}

var described = File.Exists(Path.Combine(folder, $"{assembly}.deps.json")) ? folder : rest[0];

var deps = JsonNode.Parse(File.ReadAllText(Path.Combine(described, $"{assembly}.deps.json")))!;
var target = deps["targets"]!.AsObject().First().Value!.AsObject();
var libraries = deps["libraries"]!.AsObject();
var root = $"{assembly}/{version}";
// Reference assemblies of the build are listed without a file; nothing of them is shipped.
var shipped = libraries.Where(library => library.Key != root && library.Value!["type"]!.GetValue<string>() is "package" or "project").OrderBy(library => library.Key, StringComparer.Ordinal).ToList();

var document = new JsonObject
{
    ["bomFormat"] = "CycloneDX",
    ["specVersion"] = "1.6",
    ["version"] = 1,
    ["metadata"] = new JsonObject { ["component"] = Component("application", root, hash: null) },
    ["components"] = new JsonArray([
        .. shipped.Select(library => Component("library", library.Key, library.Value!["sha512"]!.GetValue<string>())),
        .. Frameworks().Select(framework => Component("framework", framework, hash: null)),
    ]),
    ["dependencies"] = new JsonArray([.. shipped.Select(library => library.Key).Prepend(root).Select(Dependencies)]),
};
File.WriteAllText(Path.Combine(folder, "sbom.cdx.json"), document.ToJsonString(new() { WriteIndented = true }) + "\n");
return 0;

JsonNode Component(string type, string reference, string? hash)
{
    var (name, number) = (reference.Split('/')[0], reference.Split('/')[1]);
    var component = new JsonObject { ["type"] = type, ["bom-ref"] = reference, ["name"] = name, ["version"] = number };
    if (hash is { Length: > 0 })
    {
        component["purl"] = $"pkg:nuget/{name}@{number}";
        component["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(hash["sha512-".Length..])) });
    }

    return component;
}

JsonNode Dependencies(string reference) => new JsonObject
{
    ["ref"] = reference,
    ["dependsOn"] = new JsonArray([
        .. (target[reference]?["dependencies"]?.AsObject() ?? [])
            .Select(dependency => $"{dependency.Key}/{dependency.Value!.GetValue<string>()}")
            .Where(dependency => shipped.Any(library => library.Key == dependency))
            .Order(StringComparer.Ordinal),
    ]),
};

// Not shipped with the service but with the base image; the service says which it was built for.
IEnumerable<string> Frameworks()
{
    var options = JsonNode.Parse(File.ReadAllText(Path.Combine(described, $"{assembly}.runtimeconfig.json")))!["runtimeOptions"]!;
    var frameworks = (options["frameworks"] ?? options["includedFrameworks"])?.AsArray() ?? [options["framework"]!.DeepClone()];
    return frameworks.Select(framework => $"{framework!["name"]}/{framework["version"]}");
}
