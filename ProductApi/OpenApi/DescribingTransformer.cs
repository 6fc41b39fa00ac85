using System.Globalization;
using System.Text.Json.Nodes;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Security;
using HotShelf.ProductApi.Sessions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HotShelf.ProductApi.OpenApi;

/// <summary>Completes each operation: parameters, problems, the cache's headers, security and examples.</summary>
internal sealed class DescribingTransformer : IOpenApiOperationTransformer
{
    /// <summary>What any call may be answered with.</summary>
    private static readonly int[] s_anyCall = [429, 500, 503, 504];

    private static readonly DescribedParameter[] s_conditions =
    [
        new("If-None-Match", ParameterLocation.Header, "The ETag of the representation that the client has; when it is the current one, the answer is 304.", JsonSchemaType.String),
        new("If-Match", ParameterLocation.Header, "The ETag of the only representation that is wanted; when it is not the current one, the answer is 412.", JsonSchemaType.String),
    ];

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        AddParameters(operation, metadata.OfType<DescribedParameter>());
        AddSecurity(operation, metadata, context.Document!);
        AddCacheHeaders(operation, metadata);
        AddExamples(operation, metadata.OfType<DescribedExamples>().LastOrDefault());
        context.Document!.AddComponent(nameof(ProblemResponse), await context.GetOrCreateSchemaAsync(typeof(ProblemResponse), null, cancellationToken));
        AddProblems(operation, metadata, context.Document!);
        if (context.Description.HttpMethod == HttpMethods.Head)
            DescribeHead(operation);
    }

    private static void AddParameters(OpenApiOperation operation, IEnumerable<DescribedParameter> described)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>().Where(parameter => parameter.Name == "id") ?? [])
            parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "1", Examples = [42] };
        foreach (var parameter in described)
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = parameter.In,
                Description = parameter.Description,
                Required = parameter.Required,
                Schema = new OpenApiSchema
                {
                    Type = parameter.Type,
                    Minimum = Text(parameter.Minimum),
                    Maximum = Text(parameter.Maximum),
                    Examples = parameter.Example is { } example ? [example.DeepClone()] : null,
                },
            });
        }
    }

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static void AddSecurity(OpenApiOperation operation, IList<object> metadata, OpenApiDocument document)
    {
        if (metadata.OfType<RequiredScope>().LastOrDefault() is { } scope)
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(ApiKeyDefaults.Scheme, document)] = [] }];
            operation.Description = $"Needs an API key with the scope `{scope.Scope}`.";
        }
        else if (metadata.OfType<AuthorizationPolicy>().Any(policy => policy.AuthenticationSchemes.Contains(SessionDefaults.Scheme)))
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(SessionDefaults.Scheme, document)] = [] }];
        }
    }

    private static void AddProblems(OpenApiOperation operation, IList<object> metadata, OpenApiDocument document)
    {
        var statuses = s_anyCall.Concat(metadata.OfType<DescribedProblems>().SelectMany(described => described.Statuses));
        if (operation.Security is { Count: > 0 })
            statuses = statuses.Append(401);
        if (metadata.OfType<RequiredScope>().Any())
            statuses = statuses.Append(403);
        if (metadata.OfType<DescribedAsCacheable>().Any())
            statuses = statuses.Append(412);
        operation.Responses ??= [];
        foreach (var status in statuses.Distinct().Order())
        {
            // Each problem is described once, as a component that all operations name.
            var id = $"Problem{status}";
            document.AddComponent(id, DescribeProblem(status, document));
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponseReference(id, document);
        }
    }

    private static OpenApiResponse DescribeProblem(int status, OpenApiDocument document)
    {
        var type = ProblemType.ForStatus(status);
        return new OpenApiResponse
        {
            Description = type.Title,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new()
                {
                    Schema = new OpenApiSchemaReference(nameof(ProblemResponse), document),
                    Example = new JsonObject { ["type"] = type.Uri, ["title"] = type.Title, ["status"] = status },
                },
            },
            Headers = status is 429 or 503
                ? new Dictionary<string, IOpenApiHeader> { ["Retry-After"] = Header("Seconds to wait before the next try.", JsonSchemaType.Integer) }
                : null,
        };
    }

    private static void AddCacheHeaders(OpenApiOperation operation, IList<object> metadata)
    {
        if (!metadata.OfType<DescribedAsCacheable>().Any())
            return;
        AddParameters(operation, s_conditions);
        operation.Responses ??= [];
        if (operation.Responses.TryGetValue("200", out var found) && found is OpenApiResponse response)
            response.Headers = CacheHeaders();
        operation.Responses["304"] = new OpenApiResponse { Description = "The client has the current representation.", Headers = CacheHeaders() };
    }

    private static Dictionary<string, IOpenApiHeader> CacheHeaders() => new()
    {
        ["ETag"] = Header("A strong validator of this representation.", JsonSchemaType.String),
        ["Cache-Control"] = Header("How long and by whom the answer may be kept.", JsonSchemaType.String),
        ["Age"] = Header("Seconds since the value was read from the database.", JsonSchemaType.Integer),
        ["Cache-Status"] = Header("What the cache did, such as `hotshelf; hit; ttl=3580; detail=l1` (RFC 9211).", JsonSchemaType.String),
    };

    private static OpenApiHeader Header(string description, JsonSchemaType type) => new() { Description = description, Schema = new OpenApiSchema { Type = type } };

    private static void AddExamples(OpenApiOperation operation, DescribedExamples? examples)
    {
        if (examples?.Request is { } request && operation.RequestBody?.Content is { } body)
        {
            foreach (var media in body.Values)
                media.Example = request.DeepClone();
        }

        if (examples?.Response is not { } response)
            return;
        foreach (var (status, answer) in operation.Responses ?? [])
        {
            if (status[0] == '2' && answer.Content is { } content)
            {
                foreach (var media in content.Values)
                    media.Example = response.DeepClone();
            }
        }
    }

    // The same endpoint as GET: a name of its own, and answers without bodies.
    private static void DescribeHead(OpenApiOperation operation)
    {
        operation.OperationId += "Headers";
        operation.Summary += " Headers only.";
        foreach (var (status, response) in operation.Responses?.ToList() ?? [])
            operation.Responses![status] = new OpenApiResponse { Description = response.Description, Headers = response.Headers };
    }
}
