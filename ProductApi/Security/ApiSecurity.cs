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
        builder.Services.AddAuthorization();
    }
}
