using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace HotShelf.ProductApi.OpenApi;

/// <summary>A parameter of the query string or a header that an endpoint reads for itself.</summary>
internal sealed record DescribedParameter(string Name, ParameterLocation In, string Description, JsonSchemaType Type, JsonNode? Example = null, int? Minimum = null, int? Maximum = null, bool Required = false);

/// <summary>
/// The body that an endpoint takes. It names no media type, unlike <c>Accepts</c>: routing would answer 415 by it before anybody has asked who is
/// calling, and strangers are to learn nothing but 401.
/// </summary>
internal sealed record DescribedJsonBody(Type RequestType) : IAcceptsMetadata
{
    Type? IAcceptsMetadata.RequestType => RequestType;

    public IReadOnlyList<string> ContentTypes => [];

    public bool IsOptional => false;
}

/// <summary>The problems, beside those that any call may have, that an endpoint answers with.</summary>
internal sealed record DescribedProblems(int[] Statuses);

/// <summary>Marks an endpoint whose answers carry the cache's headers and may be 304.</summary>
internal sealed record DescribedAsCacheable;

/// <summary>The examples of an endpoint's body and answer.</summary>
internal sealed record DescribedExamples(JsonNode? Request, JsonNode? Response);

/// <summary>Says in OpenAPI what the framework cannot see in an endpoint's signature.</summary>
internal static class EndpointDescriptions
{
    private static readonly DescribedAsCacheable s_cacheable = new();

    public static RouteHandlerBuilder Query(this RouteHandlerBuilder endpoint, string name, JsonSchemaType type, string description, JsonNode? example = null, int? minimum = null, int? maximum = null, bool required = false) =>
        endpoint.WithMetadata(new DescribedParameter(name, ParameterLocation.Query, description, type, example, minimum, maximum, required));

    public static RouteHandlerBuilder IfMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new DescribedParameter(
            "If-Match", ParameterLocation.Header, "The ETag that the change is based on; when it is no longer the current one, the answer is 412 and nothing changes.", JsonSchemaType.String, "\"a7\""));

    public static RouteHandlerBuilder IfNoneMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new DescribedParameter(
            "If-None-Match", ParameterLocation.Header, "`*`: only when there is none yet; otherwise the answer is 412 and nothing changes.", JsonSchemaType.String, "*"));

    /// <summary>The endpoint reads a JSON body, and itself says so to those who send another: see <see cref="DescribedJsonBody"/>.</summary>
    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new DescribedJsonBody(typeof(T)));

    public static RouteHandlerBuilder Problems(this RouteHandlerBuilder endpoint, params int[] statuses) => endpoint.WithMetadata(new DescribedProblems(statuses));

    public static RouteHandlerBuilder Cacheable(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(s_cacheable);

    public static RouteHandlerBuilder Examples(this RouteHandlerBuilder endpoint, string? request = null, string? response = null) =>
        endpoint.WithMetadata(new DescribedExamples(request is null ? null : JsonNode.Parse(request), response is null ? null : JsonNode.Parse(response)));
}
