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
        builder.Services.AddSingleton<IOptionsChangeTokenSource<ApiKeyOptions>>(new ConfigurationChangeTokenSource<ApiKeyOptions>(keys));
        builder.Services.AddSingleton<ApiKeyRing>();
        // No default scheme: public endpoints pay nothing for authentication.
        builder.Services.AddAuthentication(options => options.DefaultScheme = null)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyDefaults.Scheme, null)
            .AddScheme<AuthenticationSchemeOptions, SessionHandler>(SessionDefaults.Scheme, null);
        builder.Services.AddAuthorization();
    }
}
