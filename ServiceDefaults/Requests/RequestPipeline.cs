using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>Puts <see cref="RequestLog"/> outside of all other middleware, so that it sees the status that the caller sees.</summary>
internal sealed class RequestPipeline : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<RequestLog>();
        next(app);
    };
}
