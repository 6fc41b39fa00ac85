using System.ComponentModel.DataAnnotations;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.Security;
using HotShelf.ProductApi.Sessions;
using Microsoft.OpenApi;

namespace HotShelf.ProductApi.OpenApi;

/// <summary>The description of this API, at <c>/openapi/v1.json</c>.</summary>
internal static class ApiDocument
{
    private const string Description = """
        A product catalog that answers from cache. Every cacheable answer says where it came from in `Cache-Status` (RFC 9211), carries an `ETag`
        and turns into 304 for `If-None-Match`. Errors are `application/problem+json` (RFC 9457); branch on their `type`. `Cache-Control: no-cache`
        in a request reads anew for callers with the scope `admin` and is ignored for others.
        """;

    public static void AddApiDocument(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Types));
        services.AddOpenApi("v1", static options =>
        {
            options.AddDocumentTransformer(static (document, _, _) =>
            {
                document.Info = new OpenApiInfo { Title = "HotShelf ProductApi", Version = "v1", Description = Description };
                // Where it runs is known to who asks for it.
                document.Servers = [new OpenApiServer { Url = "/" }];
                AddSecuritySchemes(document);
                return Task.CompletedTask;
            });
            options.AddOperationTransformer<DescribingTransformer>();
            options.AddSchemaTransformer(static (schema, context, _) =>
            {
                // What is null is left out of answers, and may be left out of bodies unless their rules ask for it.
                foreach (var property in context.JsonTypeInfo.Properties.Where(static property => property.IsGetNullable))
                {
                    if (property.AttributeProvider?.IsDefined(typeof(RequiredAttribute), inherit: false) == true)
                        Require(schema, property.Name);
                    else
                        schema.Required?.Remove(property.Name);
                }

                return Task.CompletedTask;
            });
        });
        services.AddHotShelfOutputCache();
    }

    /// <summary>Written once for the whole fleet; another build writes its own. As the framework sets it up, each query and host that a caller makes up would be one more entry.</summary>
    // The one name: to others the framework's endpoint answers 404 by itself, as text.
    public static void MapApiDocument(this IEndpointRouteBuilder app) =>
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json").CacheOutput(static policy => policy
            .Expire(TimeSpan.FromHours(1))
            .SetVaryByQuery([])
            .SetVaryByHost(false)
            .VaryByValue(static _ => new("build", typeof(ApiDocument).Module.ModuleVersionId.ToString()))
            .Tag("openapi"));

    private static void Require(OpenApiSchema schema, string property)
    {
        (schema.Required ??= new HashSet<string>()).Add(property);
        if (schema.Properties?[property] is OpenApiSchema { Type: { } type } described)
            described.Type = type & ~JsonSchemaType.Null;
    }

    private static void AddSecuritySchemes(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[ApiKeyDefaults.Scheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = ApiKeyDefaults.Header,
            Description = $"A service's key. It holds one or more of the scopes {string.Join(", ", Scopes.All)}; admin includes the others.",
        };
        document.Components.SecuritySchemes[SessionDefaults.Scheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "opaque",
            Description = "A user's session, opened with POST /sessions.",
        };
    }
}
