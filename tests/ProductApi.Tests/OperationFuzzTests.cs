using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Xunit.Abstractions;

namespace HotShelf.ProductApi.Tests;

/// <summary>
/// Every operation of the API's description, with arguments and bodies that are nearly right: no answer is a failure of ours, and none tells of our insides.
/// <c>HOTSHELF_FUZZ_REQUESTS</c> says how many for each operation; the usual number keeps the test short.
/// </summary>
[Collection("servers of their own")]
public class OperationFuzzTests(ITestOutputHelper output)
{
    private const int Seed = 20261126;
    private static readonly string[] s_insides = ["   at ", ".cs:line", "Exception", "HotShelf.", "Npgsql", "StackExchange", "System.", "Microsoft.", "127.0.0.1", "relation \"", "Password"];

    private static readonly string[] s_odd =
    [
        "", " ", "0", "-1", "1", "42", "00042", "2147483647", "2147483648", "1e9", "1.5", "NaN", "null", "true", "x", "..", "a/b", "a%2Fb", "*", "'; drop table products;--", "\u0000", "\uD83D\uDE42", "\u202E", "<b>", "{}", "[]", "a,b", "1,2,,3",
        "product:42", "garden", "-price", "MHw0Mnw", "\"or\" & | !", new('9', 40), new('x', 300), new('x', 3000),
    ];

    private static readonly string?[] s_values = ["null", "true", "-1", "0", "1e400", "1e-30", "0.001", "99999999999999999999", "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "[null]", "{}", "{\"a\":{}}", $"\"{new string('y', 5000)}\"", null];

    [ServersFact]
    public async Task Operations_NearlyRightRequests_NoneFailsAndNoneTellsOfOurInsides()
    {
        var each = int.Parse(Environment.GetEnvironmentVariable("HOTSHELF_FUZZ_REQUESTS") ?? "40", CultureInfo.InvariantCulture);
        await using var servers = await ApiServers.StartAsync();
        await using var replica = await servers.StartReplicaAsync();
        var document = JsonNode.Parse(await replica.Client.GetStringAsync("/openapi/v1.json"))!;
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(member => member.Value is JsonObject operation && operation.ContainsKey("operationId"))
            .Select(member => (Path: path.Key, Method: member.Key.ToUpperInvariant(), Operation: member.Value!.AsObject()))).ToArray();
        Assert.True(operations.Length > 20, $"{operations.Length} operations");
        var token = await replica.Client.OpenSessionAsync("u0901");
        var counts = new Dictionary<int, int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, operations.Length * each), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, cancel) =>
        {
            var random = new Random(Seed + number);
            var (path, method, operation) = operations[number % operations.Length];
            using var request = Build(random, path, method, operation, token);
            using var answer = await replica.Client.SendAsync(request, cancel);
            var body = await answer.Content.ReadAsStringAsync(cancel);
            lock (counts)
                counts[(int)answer.StatusCode] = counts.GetValueOrDefault((int)answer.StatusCode) + 1;
            var what = $"request {number}: {method} {request.RequestUri} {request.Content?.ReadAsStringAsync(cancel).Result}\n{(int)answer.StatusCode} {body}";
            Assert.True((int)answer.StatusCode < 500, what);
            if (!answer.IsSuccessStatusCode)
            {
                Assert.True(answer.Content.Headers.ContentType?.MediaType == "application/problem+json" || method == "HEAD" || body.Length == 0, what);
                // What a caller sent comes back in some answers, so only ours is looked at.
                Assert.All(s_insides, inside => Assert.False(body.Contains(inside, StringComparison.Ordinal), $"'{inside}' in {what}"));
            }
        });
        output.WriteLine($"{operations.Length} operations: {string.Join(", ", counts.OrderBy(count => count.Key).Select(count => $"{count.Key}: {count.Value}"))}");
        // Not all of them were refused at the door.
        Assert.True(counts.GetValueOrDefault(200) > operations.Length * each / 20);
    }

    private static HttpRequestMessage Build(Random random, string path, string method, JsonObject operation, string token)
    {
        var query = new List<string>();
        var headers = new List<(string Name, string Value)>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var name = parameter!["name"]!.GetValue<string>();
            var usual = parameter["example"]?.ToString() ?? parameter["schema"]?["examples"]?[0]?.ToString() ?? (name == "id" ? "42" : "1");
            var value = random.Next(2) == 0 ? usual : Pick(random, s_odd);
            if (parameter["in"]!.GetValue<string>() is "path")
                path = path.Replace($"{{{name}}}", value.Length == 0 ? "x" : Uri.EscapeDataString(value), StringComparison.Ordinal);
            else if (parameter["in"]!.GetValue<string>() is "header")
                headers.Add((name, value));
            else if (random.Next(3) > 0)
                query.Add($"{name}={Uri.EscapeDataString(value)}");
        }

        // Dots are resolved by the client itself.
        var address = path.Replace("/..", "/x", StringComparison.Ordinal) + (query.Count == 0 ? "" : "?" + string.Join('&', query));
        var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (operation["requestBody"]?["content"]?["application/json"] is { } media)
        {
            request.Content = new StringContent(Body(random, media), Encoding.UTF8);
            request.Content.Headers.ContentType = random.Next(20) == 0 ? null : new MediaTypeHeaderValue(random.Next(20) == 0 ? "text/plain" : "application/json");
        }

        if (random.Next(8) > 0)
            request.Headers.Add("X-Api-Key", random.Next(8) == 0 ? Keys.Write : Keys.Admin);
        if (random.Next(4) > 0)
            request.Headers.Add("Authorization", $"Bearer {(random.Next(8) == 0 ? "x" : token)}");
        foreach (var (name, value) in headers.Where(_ => random.Next(3) == 0))
            request.Headers.TryAddWithoutValidation(name, new string([.. value.Where(c => c is >= ' ' and <= '~')]));
        if (random.Next(4) == 0)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", Pick(random, ["br", "gzip", "br;q=0", "*", "identity;q=0", "x"]));
        return request;
    }

    /// <summary>The example of the description with one field changed, left out or given twice, or cut somewhere.</summary>
    private static string Body(Random random, JsonNode media)
    {
        var example = (media["example"] ?? media["examples"]?.AsObject().First().Value!["value"])?.DeepClone().AsObject() ?? new JsonObject { ["userId"] = "u0901" };
        var text = example.ToJsonString();
        if (example.Count == 0 || random.Next(6) == 0)
            return random.Next(2) == 0 ? text : text[..random.Next(text.Length)];
        var name = example.ElementAt(random.Next(example.Count)).Key;
        var value = s_values[random.Next(s_values.Length)];
        example.Remove(name);
        text = example.ToJsonString();
        return value is null ? text : text[..^1] + (example.Count == 0 ? "" : ",") + $"\"{name}\":{value}{(random.Next(10) == 0 ? $",\"{name}\":{value}" : "")}}}";
    }

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
