using System.Text.Encodings.Web;
using HotShelf.ProductApi.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Security;

/// <summary>Authenticates callers by the header <c>X-Api-Key</c>.</summary>
internal sealed class ApiKeyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiKeyRing ring)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var presented = Request.Headers[ApiKeyDefaults.Header];
        if (presented.Count == 0)
            return Task.FromResult(AuthenticateResult.NoResult());
        return Task.FromResult(presented.Count == 1 && ring.Find(presented[0] ?? "") is { } principal
            ? AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name))
            : AuthenticateResult.Fail("unknown key"));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = ApiKeyDefaults.Scheme;
        var detail = Request.Headers[ApiKeyDefaults.Header].Count == 0
            ? $"Send an API key in the header {ApiKeyDefaults.Header}."
            : $"The API key in the header {ApiKeyDefaults.Header} is not accepted.";
        return Problem.Of(ProblemType.Unauthenticated, detail).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var scopes = Context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Scope;
        return Problem.Of(ProblemType.Forbidden, $"This needs an API key with the scope '{scopes}'.").ExecuteAsync(Context);
    }
}
