using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Security;

/// <summary>Prints the complete link at start when the token was generated here, because there is no other way to learn it. A configured token is never printed.</summary>
internal sealed class LoginLink(BrowserToken token, IOptions<FrontendOptions> options, IServer server, IHostApplicationLifetime lifetime, ILogger<LoginLink> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.AuthMode == FrontendAuthMode.Unsecured)
            Log.Unsecured(logger);
        else if (token.IsGenerated)
            lifetime.ApplicationStarted.Register(Print);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Print()
    {
        var address = options.Value.PublicUrl?.ToString() ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost";
        Log.LoginLink(logger, $"{address.TrimEnd('/')}/login?t={token.Value}");
    }
}
