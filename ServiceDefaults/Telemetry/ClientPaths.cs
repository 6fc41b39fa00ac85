using System.Diagnostics;
using OpenTelemetry;

namespace HotShelf.ServiceDefaults.Telemetry;

/// <summary>Leaves the path out of the spans of requests to others: it holds keys and user ids, as that of requests to us does.</summary>
internal sealed class ClientPaths : BaseProcessor<Activity>
{
    public const string Source = "System.Net.Http";

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name == Source && data.GetTagItem("url.full") is string url && Uri.TryCreate(url, UriKind.Absolute, out var address))
            data.SetTag("url.full", address.GetLeftPart(UriPartial.Authority));
    }
}
