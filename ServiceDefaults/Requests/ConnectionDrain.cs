using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>
/// Answers of a process that stops end their connections (RFC 9112 section 9.6): a request that comes on a kept one when the server closes it would be lost.
/// The header is set when an answer is sent: then also errors have it, and what came before the process began to stop; and no output cache stores it (RFC 9111 section 3.1).
/// </summary>
internal sealed class ConnectionDrain(IHostApplicationLifetime lifetime) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // Made once, not for each request.
        Func<object, Task> endIfStopping = EndIfStopping;
        app.Use(async (context, next) =>
        {
            context.Response.OnStarting(endIfStopping, context);
            try
            {
                await next(context).ConfigureAwait(false);
            }
            catch when (MustEnd(context))
            {
                // The server answers with an error of its own, and calls nothing when it sends that.
                context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
                throw;
            }
        });
        next(app);
    };

    private Task EndIfStopping(object state)
    {
        var context = (HttpContext)state;
        // A connection that switches to a WebSocket says so in this header, and carries no other request.
        if (MustEnd(context) && context.Response.StatusCode != StatusCodes.Status101SwitchingProtocols)
            context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    // HTTP/2 and 3 have no such header; the server tells its clients by a frame.
    private bool MustEnd(HttpContext context) => lifetime.ApplicationStopping.IsCancellationRequested && (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol));
}
