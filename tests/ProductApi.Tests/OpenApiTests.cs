using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.ProductApi.Tests;

/// <summary>The API's answers held against the API's own description.</summary>
[Collection(FleetCollection.Name)]
public partial class OpenApiTests(Fleet fleet)
{
    [ServersFact]
    public async Task Document_EveryEndpoint_IsDescribedWithASummaryAndAUniqueId()
    {
        var document = await DocumentAsync();
        var paths = document["paths"]!.AsObject();
        var operations = paths.SelectMany(path => path.Value!.AsObject().Where(member => member.Value is JsonObject value && value.ContainsKey("operationId")).Select(member => (Path: path.Key, Method: member.Key, Operation: member.Value!))).ToList();
        Assert.Equal(operations.Count, operations.Select(operation => operation.Operation["operationId"]!.GetValue<string>()).Distinct().Count());
        Assert.All(operations, operation => Assert.NotNull(operation.Operation["summary"]));
        Assert.All(operations, operation => Assert.NotNull(operation.Operation["responses"]!["503"]));

        var described = operations.Select(operation => $"{operation.Method.ToUpperInvariant()} {operation.Path.TrimEnd('/')}").ToHashSet();
        var mapped = fleet.A.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => new[] { "/products", "/sessions", "/users", "/cache" }.Any(prefix => endpoint.RoutePattern.RawText!.StartsWith(prefix, StringComparison.Ordinal)))
            // For consoles, as /metrics is for Prometheus.
            .Where(endpoint => endpoint.RoutePattern.RawText != "/cache/node")
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!.Replace("{**", "{", StringComparison.Ordinal).TrimEnd('/')}"));
        Assert.All(mapped, endpoint => Assert.Contains(endpoint, described));
    }

    /// <summary>The calls in the documents: <c>GET /path</c>, and curl at the API's port.</summary>
    [ServersFact]
    public void Calls_InDocuments_LeadToEndpoints()
    {
        // Those of the worker and of the console, which are no part of this process.
        string[] others = ["GET /cache/feed", "GET /cache/audit"];
        var mapped = fleet.A.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                .Select(method => new Regex($"^{method} {Regex.Replace(endpoint.RoutePattern.RawText!.TrimEnd('/'), @"\{[^}]+\}", "[^/]+")}/?$")))
            .ToList();
        var root = Path.GetDirectoryName(typeof(OpenApiTests).Assembly.Location)!;
        while (!File.Exists(Path.Combine(root, "HotShelf.slnx")))
            root = Path.GetDirectoryName(root)!;
        var called =
            from file in Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md").Append(Path.Combine(root, "README.md")).Append(Path.Combine(root, "deploy", "README.md"))
            where Path.GetFileName(file) != "CHANGELOG.md"
            from Match call in DocumentedCall().Matches(File.ReadAllText(file))
            let method = new[] { call.Groups["method"].Value, call.Groups["option"].Value, "GET" }.First(static name => name.Length > 0)
            select $"{method} {call.Groups["path"].Value}";
        Assert.All(called.Distinct(), call => Assert.True(others.Contains(call) || mapped.Any(endpoint => endpoint.IsMatch(call)), $"there is no {call}"));
        Assert.Contains("GET /products/42", called);
        Assert.Contains("POST /cache/version/bump", called);
    }

    [GeneratedRegex(@"`(?<method>GET|POST|PUT|DELETE) (?<path>/[^`?\s]*)|curl (?:-\w+ )*(?:-X (?<option>[A-Z]+) )?(?:http://)?localhost:5080(?<path>/[^\s?;""]*)")]
    private static partial Regex DocumentedCall();

    [ServersFact]
    public async Task Document_OfAnotherName_IsTheUsual404()
    {
        using var answer = await fleet.A.Client.GetAsync("/openapi/v2.json");
        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [ServersFact]
    public async Task Document_AnyQueryAndHost_IsOneEntry()
    {
        using var plain = await fleet.A.Client.GetAsync("/openapi/v1.json");
        using var query = await fleet.A.Client.GetAsync("/openapi/v1.json?x=1");
        using var host = await fleet.A.Client.SendAsync("GET", "/openapi/v1.json", headers: ("Host", "other.example"));
        // The tag names the stored response.
        Assert.NotNull(plain.Header("ETag"));
        Assert.Equal([plain.Header("ETag"), plain.Header("ETag")], new[] { query, host }.Select(answer => answer.Header("ETag")));
    }

    [ServersFact]
    public async Task Document_Security_SchemesAndScopesAreThere()
    {
        var document = await DocumentAsync();
        var schemes = document["components"]!["securitySchemes"]!;
        Assert.Equal("X-Api-Key", schemes["ApiKey"]!["name"]!.GetValue<string>());
        Assert.Equal("bearer", schemes["Session"]!["scheme"]!.GetValue<string>());
        Assert.NotNull(document["paths"]!["/products/{id}"]!["put"]!["security"]![0]!["ApiKey"]);
        Assert.NotNull(document["paths"]!["/users/me/profile"]!["get"]!["security"]![0]!["Session"]);
        Assert.Null(document["paths"]!["/products/{id}"]!["get"]!["security"]);
    }

    [ServersFact]
    public async Task Answers_EachCall_MatchTheirSchemas()
    {
        var document = await DocumentAsync();
        var schema = new SchemaCheck(document);
        var token = await fleet.A.Client.OpenSessionAsync("u0501");
        var id = Fleet.NextProduct();
        var product = await (await fleet.A.Client.GetAsync($"/products/{id}")).JsonAsync();
        (string Method, string Path, string Template, string? Body, string? Key, string? Token, int Status)[] calls =
        [
            ("GET", "/products/42", "/products/{id}", null, null, null, 200), ("GET", "/products/0", "/products/{id}", null, null, null, 400), ("GET", "/products/88888888", "/products/{id}", null, null, null, 404),
            ("GET", "/products?category=garden&pageSize=2", "/products", null, null, null, 200), ("GET", "/products?page=0", "/products", null, null, null, 400),
            ("GET", "/products/batch?ids=1,2,88888888", "/products/batch", null, null, null, 200), ("GET", "/products/42/price", "/products/{id}/price", null, null, null, 200),
            ("PUT", $"/products/{id}", "/products/{id}", product.ToJsonString(), Keys.Write, null, 200), ("PUT", $"/products/{id}/price", "/products/{id}/price", """{"amount":5}""", Keys.Write, null, 200),
            ("PUT", $"/products/{id}", "/products/{id}", product.ToJsonString(), null, null, 401), ("PUT", $"/products/{id}", "/products/{id}", product.ToJsonString(), Keys.Sessions, null, 403), ("PUT", $"/products/{id}", "/products/{id}", "{", Keys.Write, null, 400),
            ("POST", "/products", "/products", "{}", Keys.Write, null, 400), ("DELETE", "/products/88888888", "/products/{id}", null, Keys.Write, null, 404),
            ("POST", "/sessions", "/sessions", """{"userId":"u0501"}""", Keys.Sessions, null, 201), ("GET", "/sessions/current", "/sessions/current", null, null, token, 200), ("GET", "/sessions/current", "/sessions/current", null, null, null, 401),
            ("GET", "/users/me/profile", "/users/me/profile", null, null, token, 200), ("PUT", "/users/me/profile", "/users/me/profile", """{"displayName":"A","email":"a@b.c","locale":"en"}""", null, token, 200),
            ("GET", "/cache/stats", "/cache/stats", null, Keys.Admin, null, 200), ("GET", "/cache/entries/product:42", "/cache/entries/{key}", null, Keys.Admin, null, 200), ("GET", "/cache/entries/none:1", "/cache/entries/{key}", null, Keys.Admin, null, 404),
            ("GET", "/cache/nodes", "/cache/nodes", null, Keys.Admin, null, 200), ("GET", "/cache/version", "/cache/version", null, Keys.Admin, null, 200),
            ("POST", "/cache/tags/nothing/invalidate", "/cache/tags/{tag}/invalidate", null, Keys.Admin, null, 200), ("POST", "/cache/families/nothing/invalidate", "/cache/families/{family}/invalidate", null, Keys.Admin, null, 200),
        ];
        foreach (var call in calls)
        {
            using var answer = await fleet.A.Client.SendAsync(call.Method, call.Path, call.Body, call.Key, call.Token);
            Assert.True(call.Status == (int)answer.StatusCode, $"{call.Method} {call.Path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            var paths = document["paths"]!.AsObject();
            var described = (paths[call.Template] ?? paths[call.Template + "/"])?[call.Method.ToLowerInvariant()]?["responses"]?[$"{call.Status}"];
            described = Resolve(document, described);
            Assert.True(described is not null, $"{call.Method} {call.Template} {call.Status} is not described");
            var media = described!["content"]![answer.Content.Headers.ContentType!.MediaType!];
            Assert.True(media is not null, $"{call.Method} {call.Template} {call.Status}: {answer.Content.Headers.ContentType} is not described");
            var errors = schema.Check(await answer.JsonAsync(), media!["schema"]!);
            Assert.True(errors.Count == 0, $"{call.Method} {call.Path}: {string.Join("; ", errors)}");
            foreach (var header in described["headers"]?.AsObject().Select(header => header.Key) ?? [])
                Assert.NotNull(answer.Header(header));
        }
    }

    [ServersFact]
    public async Task Examples_InTheDocument_MatchTheirSchemas()
    {
        var document = await DocumentAsync();
        var schema = new SchemaCheck(document);
        var seen = 0;
        foreach (var media in Media(document))
        {
            if (media["example"] is not { } example)
                continue;
            seen++;
            Assert.Empty(schema.Check(example, media["schema"]!));
        }

        Assert.True(seen > 20);
    }

    [ServersFact]
    public async Task Document_Problems_AreDescribedOnceAndReferenced()
    {
        var document = await DocumentAsync();
        var inlined =
            from path in document["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            where operation.Key != "head"
            from response in operation.Value!["responses"]!.AsObject()
            where response.Key[0] is '4' or '5' && response.Value!["$ref"] is null
            select $"{operation.Key} {path.Key} {response.Key}";
        Assert.Empty(inlined);
        var schemas = document["components"]!["responses"]!.AsObject().Select(response => response.Value!["content"]!["application/problem+json"]!["schema"]!["$ref"]!.GetValue<string>());
        Assert.Equal(["#/components/schemas/ProblemResponse"], schemas.Distinct());
        Assert.InRange(document.ToJsonString().Length, 1, 100_000);
    }

    [ServersTheory]
    [InlineData("ProductInput", "category currency description name price sku")]
    [InlineData("PriceInput", "amount")]
    [InlineData("ProfileInput", "displayName email locale")]
    [InlineData("SessionRequest", "userId")]
    public async Task Document_Bodies_RequireWhatMayNotBeLeftOut(string schema, string required)
    {
        var described = (await DocumentAsync())["components"]!["schemas"]![schema]!;
        Assert.Equal(required.Split(' '), described["required"]!.AsArray().Select(name => name!.GetValue<string>()).Order(StringComparer.Ordinal));
        foreach (var name in required.Split(' '))
            Assert.DoesNotContain("null", described["properties"]![name]!["type"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Document_Reads_TakeIfMatchAndMayFailIt()
    {
        var get = (await DocumentAsync())["paths"]!["/products/{id}"]!["get"]!;
        Assert.Contains("If-Match", get["parameters"]!.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()));
        Assert.NotNull(get["responses"]!["412"]);
    }

    private static JsonNode? Resolve(JsonNode document, JsonNode? node) => node?["$ref"]?.GetValue<string>() is { } reference
        ? reference.Split('/').Skip(1).Aggregate(document, (at, name) => at[name]!)
        : node;

    private static IEnumerable<JsonObject> Media(JsonNode node) => node switch
    {
        JsonObject value when value.ContainsKey("schema") && value.ContainsKey("example") => [value],
        JsonObject value => value.Where(member => member.Value is not null).SelectMany(member => Media(member.Value!)),
        JsonArray array => array.Where(item => item is not null).SelectMany(item => Media(item!)),
        _ => [],
    };

    private async Task<JsonNode> DocumentAsync()
    {
        using var response = await fleet.A.Client.GetAsync("/openapi/v1.json");
        Assert.Equal(200, (int)response.StatusCode);
        return await response.JsonAsync();
    }
}
