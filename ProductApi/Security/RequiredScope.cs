using Microsoft.AspNetCore.Authorization;

namespace HotShelf.ProductApi.Security;

/// <summary>The scope that an endpoint asks for.</summary>
internal sealed record RequiredScope(string Scope);

internal static class RequiredScopeExtensions
{
    /// <summary>Lets only callers in whose API key has <paramref name="scope"/>: others get 401 without a key and 403 with another.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, string scope)
        where TBuilder : IEndpointConventionBuilder =>
        builder
            .RequireAuthorization(new AuthorizationPolicyBuilder(ApiKeyDefaults.Scheme).RequireAuthenticatedUser().RequireClaim(ApiKeyDefaults.ScopeClaim, scope).Build())
            .WithMetadata(new RequiredScope(scope));

    /// <summary>Whether the caller of a public endpoint brought a key with <paramref name="scope"/>.</summary>
    public static bool HasScope(this HttpContext context, string scope) =>
        context.Request.Headers[ApiKeyDefaults.Header] is [{ } key]
        && context.RequestServices.GetRequiredService<ApiKeyRing>().Find(key) is { } caller
        && caller.HasClaim(ApiKeyDefaults.ScopeClaim, scope);
}
