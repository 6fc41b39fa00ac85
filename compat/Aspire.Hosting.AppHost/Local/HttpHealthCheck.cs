using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>A question by HTTP that the engine asks each replica for itself.</summary>
internal sealed record HttpHealthCheck(string Key, string EndpointName, string Path, int StatusCode) : IResourceAnnotation;
