using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Local;

/// <summary>Runs a command that is an HTTP request.</summary>
internal static class HttpCommand
{
    public static async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context, EndpointReference endpoint, string path, HttpMethod method, HttpCommandOptions options)
    {
        if (!endpoint.IsAllocated)
            return CommandResults.Failure($"The endpoint '{endpoint.EndpointName}' of '{endpoint.Resource.Name}' has no address: the resource has not started.");
        var client = context.ServiceProvider.GetRequiredService<IHttpClientFactory>().CreateClient(options.HttpClientName ?? "");
        using var request = new HttpRequestMessage(method, new Uri(new Uri(endpoint.Url), path));
        if (options.PrepareRequest is { } prepare)
        {
            await prepare(new HttpCommandRequestContext
            {
                ServiceProvider = context.ServiceProvider,
                ResourceName = context.ResourceName,
                Endpoint = endpoint,
                CancellationToken = context.CancellationToken,
                HttpClient = client,
                Request = request,
            }).ConfigureAwait(false);
        }

        try
        {
            using var response = await client.SendAsync(request, context.CancellationToken).ConfigureAwait(false);
            if (options.GetCommandResult is { } result)
            {
                return await result(new HttpCommandResultContext
                {
                    ServiceProvider = context.ServiceProvider,
                    ResourceName = context.ResourceName,
                    Endpoint = endpoint,
                    CancellationToken = context.CancellationToken,
                    HttpClient = client,
                    Response = response,
                }).ConfigureAwait(false);
            }

            return response.IsSuccessStatusCode
                ? CommandResults.Success()
                : CommandResults.Failure($"Request failed with status code {(int)response.StatusCode} ({response.ReasonPhrase}).");
        }
        catch (HttpRequestException exception)
        {
            return CommandResults.Failure(exception);
        }
    }
}
