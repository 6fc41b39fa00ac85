using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HotShelf.ProductApi.Tests.Harness;

/// <summary>Checks JSON against the part of JSON Schema that the API's description uses; a member the schema does not know is an error, a keyword this does not know too.</summary>
internal sealed class SchemaCheck(JsonNode document)
{
    private static readonly string[] s_known = ["$ref", "type", "properties", "required", "items", "format", "pattern", "oneOf", "anyOf", "additionalProperties", "description", "minimum", "maximum", "examples", "default", "enum"];

    public List<string> Check(JsonNode? value, JsonNode schema)
    {
        List<string> errors = [];
        Check(value, schema, "$", errors);
        return errors;
    }

    private void Check(JsonNode? value, JsonNode schema, string path, List<string> errors)
    {
        if (schema["$ref"]?.GetValue<string>() is { } reference)
        {
            Check(value, document["components"]!["schemas"]![reference[(reference.LastIndexOf('/') + 1)..]]!, path, errors);
            return;
        }

        errors.AddRange(schema.AsObject().Where(member => !s_known.Contains(member.Key)).Select(member => $"{path}: unknown keyword {member.Key}"));
        if ((schema["oneOf"] ?? schema["anyOf"]) is JsonArray alternatives)
        {
            if (!alternatives.Any(alternative => Check(value, alternative!).Count == 0))
                errors.Add($"{path}: matches no alternative");
            return;
        }

        if (!TypesOf(schema).Contains(TypeOf(value)) && !(TypeOf(value) == "integer" && TypesOf(schema).Contains("number")) && TypesOf(schema).Count > 0)
            errors.Add($"{path}: is {TypeOf(value)}, wanted {string.Join(" or ", TypesOf(schema))}");
        if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String && schema["format"]?.GetValue<string>() == "date-time" && !DateTimeOffset.TryParse(text.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture, out _))
            errors.Add($"{path}: is no date-time");
        if (value is JsonValue word && word.GetValueKind() == JsonValueKind.String && schema["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(word.GetValue<string>(), pattern))
            errors.Add($"{path}: does not match {pattern}");
        CheckMembers(value, schema, path, errors);
        if (value is JsonArray array && schema["items"] is { } items)
        {
            for (var i = 0; i < array.Count; i++)
                Check(array[i], items, $"{path}[{i}]", errors);
        }
    }

    private void CheckMembers(JsonNode? value, JsonNode schema, string path, List<string> errors)
    {
        if (value is not JsonObject members)
            return;
        var properties = schema["properties"]?.AsObject();
        var required = schema["required"]?.AsArray().Select(name => name!.GetValue<string>()) ?? [];
        errors.AddRange(required.Where(name => !members.ContainsKey(name)).Select(name => $"{path}.{name}: is required and missing"));
        foreach (var (name, member) in members)
        {
            if (properties?[name] is { } property)
                Check(member, property, $"{path}.{name}", errors);
            else if (schema["additionalProperties"] is JsonObject additional)
                Check(member, additional, $"{path}.{name}", errors);
            else
                errors.Add($"{path}.{name}: is not described");
        }
    }

    private static List<string> TypesOf(JsonNode schema) => schema["type"] switch
    {
        JsonArray types => [.. types.Select(type => type!.GetValue<string>())],
        { } type => [type.GetValue<string>()],
        null => [],
    };

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => value!.ToJsonString().Any(character => character is '.' or 'e' or 'E') ? "number" : "integer",
    };
}
