using HotShelf.ProductApi.Sessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Security;

/// <summary>Who may call: services by API key, users by session.</summary>
internal static class ApiSecurity
{
    public static void AddApiSecurity(this WebApplicationBuilder builder)
    {
        var keys = builder.Configuration.GetSection(ApiKeyOptions.SectionName);
        builder.Services.AddOptions<ApiKeyOptions>().Configure(options => options.Read(keys)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ApiKeyOptions>, ApiKeyOptions.Validator>();
        builder.Services.AddSingleton<ApiKeyRing>();
        // AddAuthentication without its data protection, which would write key files that nothing here uses. No default scheme: public
        // endpoints pay nothing for authentication.
        builder.Services.AddWebEncoders();
        builder.Services.AddAuthenticationCore();
        new AuthenticationBuilder(builder.Services)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyDefaults.Scheme, null)
            .AddScheme<AuthenticationSchemeOptions, SessionHandler>(SessionDefaults.Scheme, null);
        // The framework logs each challenge in the handler's name; the request's own line has the 401.
        builder.Logging.AddFilter(typeof(ApiKeyHandler).FullName, LogLevel.Warning).AddFilter(typeof(SessionHandler).FullName, LogLevel.Warning);
        builder.Services.AddAuthorization();
    }

    /// <summary>
    /// Authorization, which authenticates by the schemes that an endpoint's policy names. There is neither a default scheme nor one that answers
    /// requests of its own, so the authentication middleware has nothing to do but to open a scope of services for each request, public ones too.
    /// </summary>
    public static void UseApiSecurity(this WebApplication app)
    {
        // What UseAuthentication notes for WebApplication, which would else add it on its own. Should a later version not know it: right, and slower.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        app.UseAuthorization();
    }
}
