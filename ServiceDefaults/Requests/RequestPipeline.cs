using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>Puts <see cref="RequestObserver"/> outside of all other middleware, so that it sees what the caller sees.</summary>
internal sealed class RequestPipeline : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<RequestObserver>();
        next(app);
    };
}
