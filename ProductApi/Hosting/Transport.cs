using System.Net;
using HotShelf.ProductApi.Problems;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Hosting;

/// <summary>How the service is reached; section <c>Api</c>.</summary>
internal sealed class TransportOptions
{
    public const string SectionName = "Api";

    /// <summary>Proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed: addresses or networks such as <c>10.0.0.0/8</c>. Default: loopback only.</summary>
    public IList<string> KnownProxies { get; } = [];

    /// <summary>A request that takes longer is answered with 504. Default 15 seconds; 1 second to 5 minutes.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);

    internal sealed class Validator : IValidateOptions<TransportOptions>
    {
        public ValidateOptionsResult Validate(string? name, TransportOptions options)
        {
            List<string> failures = [];
            if (options.RequestTimeout < TimeSpan.FromSeconds(1) || options.RequestTimeout > TimeSpan.FromMinutes(5))
                failures.Add($"{SectionName}:RequestTimeout is {options.RequestTimeout:c}; allowed are 00:00:01 to 00:05:00.");
            foreach (var proxy in options.KnownProxies.Where(proxy => !IPAddress.TryParse(proxy, out _) && !System.Net.IPNetwork.TryParse(proxy, out _)))
                failures.Add($"{SectionName}:KnownProxies has '{proxy}'; allowed are addresses and networks such as 10.0.0.0/8.");
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}

/// <summary>HTTPS, proxies and timeouts.</summary>
internal static class Transport
{
    public static void AddTransport(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<TransportOptions>().BindConfiguration(TransportOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TransportOptions>, TransportOptions.Validator>();
        services.AddHsts(static hsts => hsts.MaxAge = TimeSpan.FromDays(365));
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<TransportOptions>>(static (timeouts, transport) => timeouts.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = transport.Value.RequestTimeout,
            WriteTimeoutResponse = static context => Problem.Of(ProblemType.Timeout, "Nothing was changed unless a later read shows it. Try again.").ExecuteAsync(context),
        });
        // After the framework's own set-up, which with ASPNETCORE_FORWARDEDHEADERS_ENABLED would believe anybody.
        services.AddOptions<ForwardedHeadersOptions>().PostConfigure<IOptions<TransportOptions>>(static (forwarded, transport) => Believe(forwarded, transport.Value));
    }

    /// <summary>Outermost: everything behind sees the caller's address and scheme.</summary>
    public static void UseTransport(this WebApplication app)
    {
        app.UseForwardedHeaders();
        // Redirecting plain HTTP is left to the gateway, which knows the address and the port that callers use.
        if (!app.Environment.IsDevelopment())
            app.UseHsts();
    }

    private static void Believe(ForwardedHeadersOptions forwarded, TransportOptions transport)
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        // As many proxies as there are: the first address that is none of them is the caller's.
        forwarded.ForwardLimit = null;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        forwarded.KnownIPNetworks.Add(new System.Net.IPNetwork(IPAddress.Parse("127.0.0.0"), 8));
        forwarded.KnownProxies.Add(IPAddress.IPv6Loopback);
        foreach (var proxy in transport.KnownProxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
                forwarded.KnownProxies.Add(address);
            else
                forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }
    }
}
