using System.Diagnostics;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>Gives the server's own activity the name and the tags of OpenTelemetry's semantic conventions for HTTP.</summary>
internal static class RequestTrace
{
    public static void Complete(Activity activity, string method, string? route, int status, string cache)
    {
        activity.DisplayName = route is null ? method : $"{method} {route}";
        activity.SetTag("http.request.method", method);
        activity.SetTag("http.response.status_code", status);
        if (route is not null)
            activity.SetTag("http.route", route);
        if (cache != "none")
            activity.SetTag("hotshelf.cache.result", cache);
        if (status >= 500)
            activity.SetStatus(ActivityStatusCode.Error);
    }
}
